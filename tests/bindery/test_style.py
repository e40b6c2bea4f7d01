"""Colours and fonts of the site."""

import re
from pathlib import Path

import pytest

from bindery import style

PALETTE = style.read_palette(Path("/nowhere"))


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "soft", "accent", "good", "bad"])
@pytest.mark.parametrize("ground", ["paper", "tint"])
def test_text_is_readable_in_both_themes(theme: str, ink: str, ground: str) -> None:
    assert contrast(PALETTE[theme][ink], PALETTE[theme][ground]) >= 4.5


def test_palette_becomes_variables() -> None:
    css = style.palette_css(
        {"light": {"ink": "#111111"}, "dark": {"ink": "#eeeeee"}, "segments": {"at_risk": "#cc0000"}}
    )
    assert "--ink:#111111;" in css
    assert ":root[data-theme=dark]{--ink:#eeeeee;" in css
    assert ":root:not([data-theme=light]){--ink:#eeeeee;" in css
    assert "--segment-at-risk:#cc0000" in css


def test_the_colours_of_book_css_are_those_of_the_palette() -> None:
    """Quarto's pages know no variables: the sheet repeats the light colours, and must repeat them truly."""
    sheet = (style.ASSETS / "book.css").read_text(encoding="utf-8")
    used = re.findall(r"var\(--([\w-]+), (#[0-9a-f]{6})\)", sheet)
    assert len(used) > 10
    assert {(name, colour) for name, colour in used if PALETTE["light"][name] != colour} == set()


def test_every_variable_of_the_sheets_has_a_value() -> None:
    sheets = style.palette_css(PALETTE) + "".join(
        (style.TEMPLATES / name).read_text(encoding="utf-8")
        for name in ("site.css", "content.css", "code.css", "print.css")
    )
    defined = set(re.findall(r"(--[\w-]+)\s*:", sheets)) | {"--columns"}
    assert set(re.findall(r"var\((--[\w-]+)", sheets)) - defined == set()


def test_the_fonts_of_the_sheet_are_there(tmp_path: Path) -> None:
    style.write(tmp_path, tmp_path)
    sheet = (tmp_path / "assets/site.css").read_text(encoding="utf-8")
    fonts = re.findall(r'url\("(fonts/[^"]*)"\)', sheet)
    assert len(fonts) == len(style.FACES)
    assert all((tmp_path / "assets" / font).stat().st_size > 10_000 for font in fonts)


def test_own_palette_comes_first(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/palette.yml").write_text('light: {ink: "#123456"}\ndark: {ink: "#654321"}\n')
    assert style.read_palette(tmp_path)["light"]["ink"] == "#123456"


def test_network_addresses_in_a_sheet_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("@font-face{src:url(https://fonts.example.org/x)}")
    assert style.copy_sheet(tmp_path, "a.css", tmp_path / "out") == [
        "a.css asks the network for https://fonts.example.org/x"
    ]
