"""The site's colours and fonts as CSS, made from `assets/palette.yml` and `assets/fonts/`."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bindery import yamlfile

# The project's own assets come first; these are for books that bring none.
ASSETS = Path(__file__).resolve().parents[2] / "assets"
TEMPLATES = Path(__file__).parent / "templates"

_URL = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)""")


@dataclass(frozen=True)
class Face:
    """A cut of a font family: its file's stem and what CSS calls it."""

    family: str
    file: str
    weight: int
    style: str = "normal"


FACES = (
    Face("Source Serif 4", "SourceSerif4-Regular", 400),
    Face("Source Serif 4", "SourceSerif4-It", 400, "italic"),
    Face("Source Serif 4", "SourceSerif4-Semibold", 600),
    Face("Inter", "Inter-Regular", 400),
    Face("Inter", "Inter-Italic", 400, "italic"),
    Face("Inter", "Inter-Medium", 500),
    Face("Inter", "Inter-SemiBold", 600),
    Face("Inter", "Inter-Bold", 700),
    Face("STIX Two Math", "STIXTwoMath-Regular", 400),
)


def find(root: Path, name: str) -> Path:
    """A file or folder of the project's `assets/`, or the one that comes with the bindery."""
    own = root / "assets" / name
    return own if own.exists() else ASSETS / name


def read_palette(root: Path) -> dict[str, Any]:
    """The palette of a project."""
    file = find(root, "palette.yml")
    return yamlfile.mapping(file.read_text(encoding="utf-8"), file.name)


def _variables(colours: Mapping[str, Any]) -> str:
    return "".join(f"--{name.replace('_', '-')}:{value};" for name, value in colours.items())


def palette_css(palette: Mapping[str, Any]) -> str:
    """The palette as CSS variables: light, dark where the system or the reader asks for it, and the series."""
    light, dark = _variables(palette["light"]), _variables(palette["dark"])
    series = {f"series-{n}": colour for n, colour in enumerate(palette.get("series", []), 1)}
    segments = {f"segment-{name}": colour for name, colour in palette.get("segments", {}).items()}
    return (
        f":root{{{light}{_variables(series)}{_variables(segments)}color-scheme:light}}\n"
        f":root[data-theme=dark]{{{dark}color-scheme:dark}}\n"
        "@media (prefers-color-scheme:dark){"
        f":root:not([data-theme=light]){{{dark}color-scheme:dark}}"
        "}\n"
    )


def fonts_css(folder: str = "fonts") -> str:
    """`@font-face` rules for the faces of the book."""
    return "".join(
        f'@font-face{{font-family:"{face.family}";font-style:{face.style};font-weight:{face.weight};'
        f'font-display:swap;src:url("{folder}/{face.file}.woff2") format("woff2")}}\n'
        for face in FACES
    )


def write(root: Path, output: Path) -> None:
    """Write style sheet, scripts and fonts of the site into `output/assets`."""
    assets = output / "assets"
    (assets / "fonts").mkdir(parents=True, exist_ok=True)
    sheet = "".join(
        (TEMPLATES / name).read_text(encoding="utf-8") for name in ("site.css", "content.css", "code.css", "print.css")
    )
    (assets / "site.css").write_text(fonts_css() + palette_css(read_palette(root)) + sheet, encoding="utf-8")
    for script in ("site.js", "search-box.js"):
        shutil.copyfile(TEMPLATES / script, assets / script)
    shutil.copyfile(find(root, "vendor/minisearch.js"), assets / "minisearch.js")
    for face in FACES:
        shutil.copyfile(find(root, f"fonts/{face.file}.woff2"), assets / "fonts" / f"{face.file}.woff2")


def copy_sheet(root: Path, name: str, output: Path) -> list[str]:
    """Copy a style sheet of the project and the files it names.

    Returns
    -------
    list of str
        Warnings: files that are not there, and addresses on the network, which the site must not ask for.
    """
    source = root / name
    if not source.is_file():
        return [f"css: {name} does not exist"]
    warnings = []
    wanted = [source]
    for address in _URL.findall(source.read_text(encoding="utf-8")):
        if address.startswith(("http:", "https:", "//")):
            warnings.append(f"{name} asks the network for {address}")
        elif not address.startswith(("data:", "#")):
            wanted.append((source.parent / address.split("#")[0].split("?")[0]).resolve())
    for file in wanted:
        warnings += copy(file, root, output, name)
    return warnings


def copy(file: Path, root: Path, output: Path, asked_by: str) -> list[str]:
    """Copy a file of the project to the same place in the site; a warning if it is missing or lies outside."""
    if not file.resolve().is_relative_to(root.resolve()):
        return [f"{asked_by}: {file} lies outside of the project and is not copied"]
    if not file.is_file():
        return [f"{asked_by}: {file.relative_to(root)} does not exist"]
    target = output / file.resolve().relative_to(root.resolve())
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)
    return []
