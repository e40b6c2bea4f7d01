"""Publish what chapters left in their ``files/``: tables to download, facts, anything else.

``_freeze/chapters/rfm/files/data/x.csv`` becomes ``_book/data/x.csv``. JSON objects of the same name from several
chapters are merged into one; any other meeting of two chapters in one path is an error that names both.

Needs nothing but Python's own library: ``python -m bindery.resources FREEZE OUTPUT`` publishes after a render by
Quarto, also where no environment is set up.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from bindery.errors import BinderyError


class PublishError(BinderyError):
    """Two chapters, or a chapter and a page, want the same place in the output."""


def chapter_files(freeze_dir: Path, chapter: str) -> Path:
    """Return the folder in the freeze that holds what a chapter wrote for publication."""
    return freeze_dir / PurePosixPath(chapter).with_suffix("") / "files"


def collect(freeze_dir: Path, chapters: Iterable[str]) -> dict[str, list[tuple[str, Path]]]:
    """Return, for each path to publish, the chapters that publish it and their files."""
    wanted: dict[str, list[tuple[str, Path]]] = {}
    for chapter in chapters:
        folder = chapter_files(freeze_dir, chapter)
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                wanted.setdefault(file.relative_to(folder).as_posix(), []).append((chapter, file))
    return dict(sorted(wanted.items()))


def publish(freeze_dir: Path, chapters: Iterable[str], output_dir: Path, *, again: bool = False) -> list[str]:
    """Copy what the chapters publish into the output directory and return the paths, relative to it.

    Parameters
    ----------
    freeze_dir, chapters, output_dir
        Which chapters, where they are frozen, and where to.
    again
        Whether the output may hold what was published before.

    Raises
    ------
    PublishError
        A path is wanted twice and its files cannot be merged, or a page of the site has it already.
    """
    wanted = collect(freeze_dir, chapters)
    for name, sources in wanted.items():
        target = output_dir / name
        if target.exists() and not again:
            raise PublishError(f"{sources[0][0]} publishes {name}, but the site has a file of that name: rename it")
        target.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".json"):
            _publish_json(name, sources, target)
        elif len(sources) > 1:
            raise PublishError(f"{sources[0][0]} and {sources[1][0]} both publish {name}: rename one of them")
        else:
            shutil.copyfile(sources[0][1], target)
    return list(wanted)


def _publish_json(name: str, sources: list[tuple[str, Path]], target: Path) -> None:
    """Merge JSON objects, keys sorted; a lone file that is no object is copied as it is."""
    merged: dict[str, object] = {}
    owner: dict[str, str] = {}
    for chapter, file in sources:
        content = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            if len(sources) == 1:
                shutil.copyfile(file, target)
                return
            others = " and ".join(other for other, _ in sources if other != chapter)
            raise PublishError(f"{chapter} and {others} both publish {name}, but in {chapter} it is not a JSON object")
        for key, value in content.items():
            if key in merged and merged[key] != value:
                raise PublishError(f"{owner[key]} and {chapter} both publish {key!r} in {name}, with other values")
            merged[key] = value
            owner[key] = chapter
    target.write_text(json.dumps(merged, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Publish what all chapters in a freeze left; return the exit code."""
    if len(arguments) != 2:
        print("usage: python -m bindery.resources FREEZE OUTPUT", file=sys.stderr)
        return 2
    freeze_dir, output_dir = map(Path, arguments)
    chapters = [
        folder.parent.relative_to(freeze_dir).with_suffix(".qmd").as_posix()
        for folder in sorted(freeze_dir.rglob("files"))
        if (folder.parent / "execute-results").is_dir()
    ]
    try:
        publish(freeze_dir, chapters, output_dir, again=True)
    except BinderyError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
