"""Keep the results of execution as Quarto does, in `_freeze/<chapter>/`, each chapter's folder replaced as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from bindery import atomic
from bindery.outputs import Page

RESULTS = {"html": "html.json", "typst": "typ.json"}
FILES = "files"


@dataclass(frozen=True)
class Result:
    """What is frozen of a chapter for one format.

    Attributes
    ----------
    hash : str
        MD5 of the chapter's text at the time.
    markdown : str
    supporting : tuple of str
        Folders with the pictures, as Quarto names them.
    """

    hash: str
    markdown: str
    supporting: tuple[str, ...]


@dataclass(frozen=True)
class Frozen:
    """What is frozen of a chapter.

    Attributes
    ----------
    folder : Path
        `_freeze/<chapter>`; pictures lie in `figure-html` and `figure-typst` in it.
    html, typ : Result
    files : Path or None
        The folder of what the chapter wrote for publication.
    """

    folder: Path
    html: Result
    typ: Result
    files: Path | None


def folder_of(freeze_dir: Path, chapter: str) -> Path:
    """Folder in which a chapter is frozen."""
    return freeze_dir / PurePosixPath(chapter).with_suffix("")


def load(freeze_dir: Path, chapter: str) -> Frozen | None:
    """Read what is frozen of a chapter; None if nothing is, or not all of it."""
    folder = folder_of(freeze_dir, chapter)
    results = [_read(folder / "execute-results" / name) for name in RESULTS.values()]
    html, typ = results
    if html is None or typ is None:
        return None
    files = folder / FILES
    return Frozen(folder, html, typ, files if files.is_dir() else None)


def stage(freeze_dir: Path, chapter: str) -> Path:
    """Make the folder that is to become the chapter's: its `files/` is there, for the chapter to write into."""
    staging = atomic.beside(folder_of(freeze_dir, chapter))
    (staging / FILES).mkdir()
    return staging


def save(
    staging: Path,
    freeze_dir: Path,
    chapter: str,
    digest: str,
    pages: Mapping[str, Page],
    extra: Mapping[str, str] | None = None,
) -> Path:
    """Freeze a chapter.

    Parameters
    ----------
    staging : Path
        From `stage`.
    freeze_dir : Path
    chapter : str
        Its path, relative to the project.
    digest : str
        MD5 of its text.
    pages : mapping
        What to freeze for `html` and `typst`.
    extra : mapping, optional
        Text of further files to keep in the folder, by name.

    Returns
    -------
    Path
        The chapter's folder.
    """
    for fmt, page in pages.items():
        for name, content in page.figures.items():
            figure = staging / f"figure-{fmt}" / name
            figure.parent.mkdir(exist_ok=True)
            figure.write_bytes(content)
        results = staging / "execute-results"
        results.mkdir(exist_ok=True)
        (results / RESULTS[fmt]).write_text(_result(chapter, digest, fmt, page), encoding="utf-8", newline="\n")
    for name, text in (extra or {}).items():
        (staging / name).write_text(text, encoding="utf-8", newline="\n")
    if not any((staging / FILES).iterdir()):
        (staging / FILES).rmdir()
    target = folder_of(freeze_dir, chapter)
    atomic.swap_directory(staging, target)
    return target


def remove(freeze_dir: Path, chapter: str) -> None:
    """Forget what is frozen of a chapter, as when it has no code any more."""
    atomic.remove_directory(folder_of(freeze_dir, chapter))


def _result(chapter: str, digest: str, fmt: str, page: Page) -> str:
    """The JSON text of one result, in Quarto's own layout."""
    supporting = f"{PurePosixPath(chapter).stem}_files"
    result: dict[str, Any] = {
        "engine": "jupyter",
        "markdown": page.markdown,
        # Quarto makes the site first: there is nothing else in the folder of pictures by then
        "supporting": [supporting if fmt == "html" else f"{supporting}/figure-{fmt}"],
        "filters": [],
    }
    if fmt == "html":
        result["includes"] = {}  # Quarto would name two scripts on a CDN, which pages do not need
    return json.dumps({"hash": digest, "result": result}, ensure_ascii=False, indent=2)


def _read(file: Path) -> Result | None:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        result = content["result"]
        return Result(content["hash"], result["markdown"], tuple(result.get("supporting") or ()))
    except (OSError, ValueError, KeyError, TypeError):
        return None
