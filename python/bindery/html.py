"""Bind the site: from `_quarto.yml` and the freeze to a folder of pages, without kernel or R."""

from __future__ import annotations

import os
import posixpath
import shutil
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from bindery import labels, pages, search, site, style
from bindery.project import Project


def bind(
    project: Project,
    freeze_dir: Path,
    output_dir: Path,
    *,
    published: Collection[str] = (),
    pdf: str | None = None,
    jobs: int | None = None,
) -> list[str]:
    """Write the site.

    Parameters
    ----------
    project : Project
    freeze_dir : Path
        Where the results of the chapters lie.
    output_dir : Path
        An existing folder; nothing is written outside of it.
    published : collection of str
        What chapters published, relative to the site: a float whose `data/<label>.csv` is among it links to that.
    pdf : str, optional
        Address of the PDF, relative to the site, to link to.
    jobs : int, optional
        Chapters converted side by side; default: one for each processor.

    Returns
    -------
    list of str
        Warnings: what of the book's options and chapters the bindery does not know or could not find.

    Raises
    ------
    BinderyError
        If a chapter has code and no result in the freeze, or pandoc cannot read it.
    """
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        made = list(pool.map(lambda chapter: pages.make(project, chapter, freeze_dir, published), project.chapters))
    known, warnings = labels.index(label for page in made for label in page.labels)
    warnings = [*unknown_options(project), *warnings]
    sheets, sheet_warnings = copy_sheets(project, output_dir)
    warnings += sheet_warnings
    style.write(project.root, output_dir)
    elsewhere = {
        *published,
        *(page.address for page in made),
        *([pdf] if pdf else []),
    }
    tools, tool_warnings = site.tools(project, elsewhere)
    warnings += tool_warnings
    found: list[search.Entry] = []
    for page in made:
        resolved = labels.resolve(page.body, known, page.address, page.number is not None)
        warnings += page.warnings
        warnings += [f"{page.chapter.path}: no label `{label}` in the book" for label in resolved.missing]
        warnings += copy_files(page, project, freeze_dir, output_dir, elsewhere)
        text = site.render(page, resolved.html, project, made, tools=tools, sheets=sheets, pdf=pdf)
        write(output_dir / page.address, text)
        title = f"{page.number} {page.title_text}" if page.number else page.title_text
        found += search.entries(resolved.html, page.address, title)
    write(output_dir / "assets" / "search.js", search.script(found))
    warnings += copy_resources(project, output_dir)
    return list(dict.fromkeys(warnings))


def write(file: Path, text: str) -> None:
    """Write a text file, making its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def copy_sheets(project: Project, output: Path) -> tuple[list[str], list[str]]:
    """Copy the style sheets that `css:` names; their addresses and warnings."""
    asked = project.html.get("css") or []
    sheets = [str(name).lstrip("/") for name in (asked if isinstance(asked, list) else [asked])]
    warnings = [warning for name in sheets for warning in style.copy_sheet(project.root, name, output)]
    return [name for name in sheets if (output / name).is_file()], warnings


def copy_files(
    page: pages.Page, project: Project, freeze_dir: Path, output: Path, made: Collection[str] = ()
) -> list[str]:
    """Copy what a page shows or links to.

    Figures of its cells come from the freeze, other files from beside the chapter or, with a leading slash, from
    the project's top; what is in `made` is there already, because something else makes it.
    """
    folder = PurePosixPath(page.address).parent
    figures = PurePosixPath(f"{page.chapter.stem}_files")
    warnings: list[str] = []
    for name in page.files:
        address = posixpath.normpath(name.lstrip("/") if name.startswith("/") else folder / name)
        path = PurePosixPath(address)
        if address in made:
            continue
        if not path.is_relative_to(figures):
            warnings += style.copy(project.root / address, project.root, output, page.chapter.path)
            continue
        frozen = pages.frozen(freeze_dir, page.chapter) / path.relative_to(figures)
        if frozen.is_file():
            (output / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(frozen, output / path)
        else:
            warnings.append(f"{page.chapter.path}: {name} is not in the freeze: execute the chapter again")
    return warnings


def copy_resources(project: Project, output: Path) -> list[str]:
    """Copy the files that `project: resources:` names."""
    warnings: list[str] = []
    for pattern in project.resources:
        matches = sorted(match for match in project.root.glob(pattern.lstrip("/")) if match.is_file())
        if not matches:
            warnings.append(f"resources: nothing matches {pattern}")
        for match in matches:
            warnings += style.copy(match, project.root, output, "resources")
    return warnings


# Options whose other values the bindery's own look has no use for.
_ONLY = {
    "theme": ("default", "none", None),
    "html-math-method": ("mathml", None),
    "code-tools": (False, None),
    "code-overflow": ("scroll", None),
    "fig-align": ("default", None),
    "fig-cap-location": ("bottom", None),
    "tbl-cap-location": ("top", None),
    "crossref": (None,),
    "params": (None,),
}
_ONLY_BOOK = {"search": (True, None), "cover-image": (None,)}


def unknown_options(project: Project) -> list[str]:
    """Name the options that have no effect on the site."""
    return [
        *_without_effect(project.html, _ONLY, "format: html"),
        *_without_effect(project.book, _ONLY_BOOK, "book"),
    ]


def _without_effect(options: Mapping[str, object], only: Mapping[str, tuple[object, ...]], where: str) -> Iterator[str]:
    for key, values in only.items():
        if options.get(key) not in values:
            yield f"_quarto.yml: `{where}: {key}: {options[key]}` has no effect on the site, which has its own look"
