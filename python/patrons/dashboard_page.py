"""The dashboard as one HTML file: data, charts, style and scripts inside, nothing asked of the network.

Its text from data is inert: the template escapes it, the JSON holds no `<`, and the scripts set it as text only.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import vl_convert
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from patrons import dashboard_charts
from patrons.paths import home, write_text
from patrons.theme import palette

#: In the order they are put together; each uses only what stands before it.
SCRIPTS = ("words.js", "cube.js", "tiles.js", "charts.js", "page.js")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
COLOUR = re.compile(r"^#[0-9a-fA-F]{6}$")
FACES = (
    ("Source Serif 4", 600, "SourceSerif4-Semibold"),
    ("Inter", 400, "Inter-Regular"),
    ("Inter", 500, "Inter-Medium"),
    ("Inter", 600, "Inter-SemiBold"),
)
#: What each chart is called, and what a source lacks where the chart is not there.
CHARTS = {
    "sales": ("Sales", "Add a table “transactions” to source.yml to see sales over time."),
    "retention": ("Who came back", "Add a table “transactions” to source.yml to see who came back."),
    "segments": ("Revenue by segment", "Add a table “transactions” to source.yml to see segments."),
    "campaigns": ("What campaigns return", "Add a table “campaigns” to source.yml to see what campaigns return."),
    "predicted": (
        "Next campaign",
        "Add answers to earlier campaigns (“responses” of the table “customers”) to source.yml to see who is likely "
        "to answer the next.",
    ),
    "test": ("What the test showed", "Add a table “experiment” to source.yml to see what a test showed."),
    "frequency": ("How often they buy", "Add a table “transactions” to source.yml to see how often customers buy."),
}
TILES = {
    "revenue": ("Revenue", "sales"),
    "orders": ("Orders", "sales"),
    "average": ("Average order", "sales"),
    "new_customers": ("New customers", "sales"),
    "buyers": ("Buyers a month", "sales"),
    "retained": ("Retained", "retention"),
    "campaigns": ("Campaign return", "campaigns"),
    "test": ("Test", "test"),
}


def publish(data: Mapping[str, Any]) -> Path | None:
    """Write the page beside the book's pages; None where no chapter is being executed."""
    folder = os.environ.get("CHAPTER_FILES")
    if folder is None:
        return None
    target = Path(folder) / "dashboard.html"
    write_text(target, render(data))
    return target


def render(data: Mapping[str, Any]) -> str:
    """Write the page.

    Parameters
    ----------
    data
        As `patrons.dashboard` puts it together: `shop`, `dimensions`, `months`, `quarters`, `slices`, `applies`, and
        where the source has them `sums`, `campaigns`, `test`, `predicted`. Masked numbers are None.

    Returns
    -------
    str
        A complete HTML document of its own. The same data give the same text.
    """
    here = present(data)
    jinja = Environment(autoescape=True, trim_blocks=True, undefined=StrictUndefined)
    template = jinja.from_string(_asset("template.html"))
    specifications = {name: item for name, item in dashboard_charts.compiled().items() if name in here}
    tiles = [{"name": name, "title": title} for name, (title, needs) in TILES.items() if needs in here]
    return template.render(
        shop=data["shop"],
        until=_month(data["shop"].get("last_month")),
        # what a source lacks is said in the place of its chart
        notes=[note for note in data.get("notes") or [] if "source.yml" not in note],
        filters=list(_filters(data)),
        tiles=tiles,
        charts=[{"name": n, "title": CHARTS[n][0], "span": span} for n, span in zip(here, spans(here), strict=True)],
        missing=[{"title": title, "words": words} for name, (title, words) in CHARTS.items() if name not in here],
        style=Markup(_style(data, len(tiles))),
        data=Markup(inert(data)),
        specifications=Markup(inert(specifications)),
        library=Markup(library()),
        script=Markup(_script()),
    )


def present(data: Mapping[str, Any]) -> list[str]:
    """Name the charts that the data have something for, in the order of the page."""
    slices = data.get("slices") or {}
    there = {
        "sales": bool(slices),
        "retention": any(part.get("retention") for part in slices.values()),
        "segments": bool(slices or data.get("sums")) and bool(data.get("dimensions", {}).get("segment")),
        "campaigns": bool(data.get("campaigns")),
        "predicted": bool(data.get("predicted")),
        "test": bool((data.get("test") or {}).get("rows")),
        "frequency": any(part.get("frequency") for part in slices.values()),
    }
    return [name for name in CHARTS if there[name]]


def spans(names: list[str]) -> list[int]:
    """Share twelve columns out: two charts in the first row, two or three in the next ones, so that none has a hole."""
    if len(names) < 3:
        return [12 // max(len(names), 1)] * len(names)
    rest = len(names) - 2
    rows = {1: [12], 2: [6, 6], 3: [4, 4, 4], 4: [6] * 4, 5: [4, 4, 4, 7, 5]}[rest]
    return [7, 5, *rows]


def inert(value: Any) -> str:
    r"""Write JSON that ends no script element and no line.

    Examples
    --------
    >>> inert("</script>")
    '"\\u003c/script>"'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


@functools.cache
def library() -> str:
    """Return Vega, Vega-Lite and vega-embed as a script that can stand in a page."""
    text = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed", vl_version=dashboard_charts.VEGA_LITE)
    return re.sub(r"</(script)", r"<\\/\1", text, flags=re.IGNORECASE).replace("<!--", r"<\!--")


def _asset(name: str) -> str:
    return (home() / "assets" / "dashboard" / name).read_text(encoding="utf-8")


def _script() -> str:
    parts = "\n".join(_asset(name) for name in SCRIPTS)
    read = (
        'const data = JSON.parse(document.getElementById("data").textContent);\n'
        'const specifications = JSON.parse(document.getElementById("specifications").textContent);\n'
    )
    return f'(() => {{\n"use strict";\n{read}{parts}}})();\n'


def _style(data: Mapping[str, Any], tiles: int) -> str:
    colours = palette()
    segments = data.get("dimensions", {}).get("segment", [])
    series = [str(item) for item in colours["series"]]

    def theme(name: str) -> str:
        roles = {key: str(value) for key, value in colours[name].items()}
        for place, item in enumerate(segments, 1):
            own = str(item.get("colour_dark" if name == "dark" else "colour") or "")
            roles[f"segment-{place}"] = own if COLOUR.match(own) else roles["soft"]
        for place in range(1, dashboard_charts.ARMS + 1):
            shade = series[(place - 1) % len(series)]
            roles[f"arm-{place}"] = f"color-mix(in oklab, {shade} 62%, white)" if name == "dark" else shade
        return "".join(f"--{key}:{value};" for key, value in roles.items()) + f"color-scheme:{name}"

    faces = "".join(
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-display:swap;'
        f'src:url("assets/fonts/{file}.woff2") format("woff2")}}'
        for family, weight, file in FACES
    )
    return (
        f"{faces}\n:root{{--tiles:{tiles or 1};--tiles-half:{(tiles + 1) // 2 or 1};{theme('light')}}}\n"
        f"@media screen{{:root[data-theme=dark]{{{theme('dark')}}}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{theme('dark')}}}}}\n"
        f"{_asset('dashboard.css')}"
    )


def _filters(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    everyone = {"key": "*", "label": "All"}
    for name in ("segment", "region", "channel"):
        items = data.get("dimensions", {}).get(name)
        if items:
            yield {"name": name, "title": name.capitalize(), "options": [everyone, *items]}
    for name, place in (("from", 1), ("to", 3)):
        months = {key: f"{key[:4]}-{3 * (int(key[-1]) - 1) + place:02d}" for key in data.get("quarters") or []}
        if months:
            options = [{"key": key, "label": f"{_month(month)[:3]} {month[:4]}"} for key, month in months.items()]
            yield {"name": name, "title": name.capitalize(), "options": options}


def _month(month: str | None) -> str:
    if not month:
        return ""
    return f"{MONTHS[int(month[5:7]) - 1]} {month[:4]}"
