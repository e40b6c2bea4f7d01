"""The look of figures made in Python: one palette, one type face, one plotnine theme. `R/theme.R` is its twin."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import plotnine as p9
from matplotlib import font_manager
from ruamel.yaml import YAML

from patrons.facts import SIGNS
from patrons.paths import home

FAMILY = "Inter"
#: Points. A figure 7 inches wide then has text as large as the captions of the page it stands on.
BASE_SIZE = 11.0
WIDTH = 7.0


@functools.cache
def palette() -> Mapping[str, Any]:
    """Read the palette: `light` and `dark` roles, `series` and `clusters` (lists) and `segments` (name → colour)."""
    with (home() / "assets" / "palette.yml").open(encoding="utf-8") as file:
        return YAML(typ="safe").load(file)


def colour(role: str) -> str:
    """Colour of a role on paper (`ink`, `soft`, `line`, `paper`, `accent`, `tint`, `good`, `bad`) or of a segment."""
    found = palette()["light"].get(role) or palette()["segments"].get(role)
    if found is None:
        raise KeyError(f"The palette has no {role!r}")
    return str(found)


def segment_colours(names: Iterable[str] | None = None) -> dict[str, str]:
    """Colour of each segment, the same in every figure; one the palette does not name takes a colour of the series."""
    fixed = {str(key): str(value) for key, value in palette()["segments"].items()}
    if names is None:
        return fixed
    spare = (str(item) for item in palette()["series"] if item not in fixed.values())
    return {name: fixed[name] if name in fixed else next(spare, colour("soft")) for name in names}


def cluster_colours(k: int) -> dict[int, str]:
    """Colour of each of k groups found by clustering, by number; those beyond the palette's ten are grey."""
    own = [str(item) for item in palette()["clusters"]]
    return {number: own[number - 1] if number <= len(own) else colour("soft") for number in range(1, k + 1)}


def tinted(shade: str, strength: float) -> str:
    """Mix a colour with the paper: 1 is the colour itself, 0 the paper."""
    front, back = (mpl.colors.to_rgb(item) for item in (shade, colour("paper")))
    red, green, blue = (strength * one + (1 - strength) * other for one, other in zip(front, back, strict=True))
    return str(mpl.colors.to_hex((red, green, blue)))


def apply() -> None:
    """Register the vendored fonts and set matplotlib's and plotnine's defaults; call once per process."""
    for file in sorted((home() / "assets" / "fonts").glob("Inter-*.ttf")):
        font_manager.fontManager.addfont(str(file))
    mpl.rcParams.update(
        {
            "font.family": FAMILY,
            "font.size": BASE_SIZE,
            "svg.fonttype": "none",  # text stays text: searchable in the PDF, drawn in the page's own Inter
            "svg.hashsalt": "patrons",  # the same figure has the same bytes
            "axes.unicode_minus": True,
            "figure.dpi": 96,
            "savefig.dpi": 192,
            "figure.facecolor": colour("paper"),
            "savefig.facecolor": colour("paper"),
        }
    )
    p9.options.base_family = FAMILY
    p9.options.figure_size = (WIDTH, 4.2)
    p9.options.dpi = 96


def paper(grid: str = "y", height: float = 4.2, width: float = WIDTH) -> p9.theme:
    """Return the plotnine theme of the book.

    Parameters
    ----------
    grid
        Where hairlines help the eye: `x`, `y`, `xy` or an empty string.
    height, width
        Inches.
    """
    ink, soft, line = colour("ink"), colour("soft"), colour("line")
    hairline = p9.element_line(color=line, size=0.5)
    return p9.theme_minimal(base_size=BASE_SIZE, base_family=FAMILY) + p9.theme(
        figure_size=(width, height),
        plot_background=p9.element_rect(fill=colour("paper"), color=colour("paper")),
        panel_background=p9.element_blank(),
        panel_border=p9.element_blank(),
        panel_grid_minor=p9.element_blank(),
        panel_grid_major_x=hairline if "x" in grid else p9.element_blank(),
        panel_grid_major_y=hairline if "y" in grid else p9.element_blank(),
        axis_line_x=p9.element_line(color=soft, size=0.5) if "x" not in grid else p9.element_blank(),
        axis_line_y=p9.element_blank(),
        axis_ticks=p9.element_blank(),
        axis_text=p9.element_text(color=soft, size=BASE_SIZE * 0.92),
        axis_title=p9.element_text(color=soft, size=BASE_SIZE * 0.92),
        axis_title_x=p9.element_text(margin={"t": 8, "unit": "pt"}),
        axis_title_y=p9.element_text(margin={"r": 8, "unit": "pt"}),
        strip_background=p9.element_blank(),
        strip_text=p9.element_text(color=ink, size=BASE_SIZE, weight="medium", ha="left", x=0),
        legend_position="none",
        text=p9.element_text(family=FAMILY, color=ink),
        plot_margin=0.02,
    )


def label(mapping: Any = None, *, size: float = BASE_SIZE * 0.88, **kwargs: Any) -> p9.geom_text:
    """Write a direct label in the book's face; takes the arguments of plotnine's `geom_text`."""
    kwargs.setdefault("color", colour("ink"))
    return p9.geom_text(mapping, size=size, family=FAMILY, **kwargs)


def short(most: int) -> Any:
    """Return a function that cuts a name, or each of some, after so many characters: for scales and titles of panels.

    Examples
    --------
    >>> short(8)(["north", "north by\\nnorth west"])
    ['north', 'north b…']
    """

    def cut(names: Any) -> Any:
        if not isinstance(names, str):
            return [cut(str(name)) for name in names]
        words = " ".join(names.split())
        return words if len(words) <= most else f"{words[: most - 1]}…"

    return cut


def number(value: float, digits: int = 0) -> str:
    """Write a number with its thousands separated and a true minus sign.

    Examples
    --------
    >>> number(-12345.6)
    '−12,346'
    """
    return f"{value:,.{digits}f}".replace("-", "−")


def numbers(values: Sequence[Any]) -> list[str]:
    """Write the labels of an axis, with no more decimals than tell them apart."""
    digits = 0 if all(abs(value - round(value)) < 1e-6 for value in values) else 1
    return [number(value, digits) for value in values]


def percent(share: float, digits: int = 0) -> str:
    """Write a share as per cent, with a thin space."""
    return f"{number(100 * share, digits)}\u2009%"


def percents(values: Sequence[Any]) -> list[str]:
    """Write the labels of an axis of shares."""
    digits = 0 if all(abs(100 * value - round(100 * value)) < 1e-6 for value in values) else 1
    return [percent(value, digits) for value in values]


def money(value: float, currency: str | None) -> str:
    """Write an amount for a figure, short: thousands as k, millions as m."""
    sign = SIGNS.get(currency, f"{currency} ") if currency else ""
    for size, letter in ((1e6, "m"), (1e3, "k")):
        if abs(value) >= size:
            return f"{'−' if value < 0 else ''}{sign}{abs(value) / size:.3g}{letter}"
    return f"{'−' if value < 0 else ''}{sign}{abs(value):,.0f}"
