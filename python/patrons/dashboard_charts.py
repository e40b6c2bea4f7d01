"""The charts of the dashboard: Vega-Lite specifications without data, which the page fills and redraws.

Every chart reads one data set, `rows`. Colours are the style sheet's variables, so that a chart follows the theme of
the page, and paper, without being drawn again. Texts on a chart (`label`, `tip`) are made where its numbers are made.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import altair as alt
import vl_convert

from patrons.theme import FAMILY

VEGA_LITE = "6.4"
ROWS = "rows"
INK, SOFT, FAINT, LINE, ACCENT = "var(--ink)", "var(--soft)", "var(--faint)", "var(--line)", "var(--accent)"
#: At most as many arms of a test as there are colours `--arm-1` … in the style sheet.
ARMS = 6
BAND = 30
TEXT = 12


@functools.cache
def compiled() -> dict[str, dict[str, Any]]:
    """Return the Vega specification of each chart, by the chart's name.

    The page says by the signals `left` and `right` how much room names and labels need, which it can measure. Vega's
    own fitting would take two passes, and where it ends depends on what was drawn before.
    """
    return {name: _roomy(vl_convert.vegalite_to_vega(draw(), vl_version=VEGA_LITE)) for name, draw in CHARTS.items()}


def _roomy(spec: dict[str, Any]) -> dict[str, Any]:
    room = "containerSize()[0]"
    rest = [signal for signal in spec["signals"] if signal["name"] != "width"]
    titled = any(axis.get("title") and axis["orient"] == "bottom" for axis in spec["axes"])
    own = [
        {"name": "left", "value": 0},
        {"name": "right", "value": 0},
        {"name": "room", "init": room, "on": [{"events": "window:resize", "update": room}]},
        {"name": "width", "update": "max(60, room - left - right)"},
    ]
    bottom = 46 if titled else 26
    padding = {"signal": f"{{left: left, right: right, top: 6, bottom: {bottom}}}"}
    return spec | {"signals": [*own, *rest], "autosize": {"type": "none"}, "padding": padding}


def _whole(*layers: alt.Chart, height: int | alt.Step, sign: bool = False) -> dict[str, Any]:
    """Put layers together in the page's type, as wide as the place where the chart stands."""
    chart = alt.layer(*layers, data=alt.NamedData(name=ROWS)).properties(
        width="container",
        height=height,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
    )
    if sign:
        chart = chart.add_params(alt.param(name="sign", value=""))
    axis = {
        "labelColor": SOFT,
        "titleColor": SOFT,
        "gridColor": LINE,
        "domainColor": FAINT,
        "tickColor": FAINT,
        "labelFont": FAMILY,
        "titleFont": FAMILY,
        "labelFontSize": TEXT,
        "titleFontSize": TEXT,
        "titleFontWeight": 400,
        "titlePadding": 8,
        "labelPadding": 6,
        "ticks": False,
        "labelOverlap": "greedy",
        "labelSeparation": 8,
    }
    return (
        chart.configure(font=FAMILY, aria=False, background="transparent")
        .configure_view(stroke=None)
        .configure_axis(**axis)
        .configure_axisX(domain=False)
        .configure_axisY(domain=False)
        .configure_text(fontSize=TEXT, fill=INK)
        .to_dict()
    )


def _mark(kind: str, test: str | None = None, **looks: Any) -> alt.Chart:
    """One layer: a mark for each row for which a test holds."""
    base = alt.Chart(alt.NamedData(name=ROWS))
    return getattr(base.transform_filter(test) if test else base, f"mark_{kind}")(**looks)


def _names(title: str | None = None, grid: bool = False) -> alt.Y:
    """Rows with a name each, in the order they come in."""
    axis = alt.Axis(title=title, grid=grid, domain=False, labelLimit=124, labelColor=INK)
    return alt.Y(
        "name:N",
        sort=alt.EncodingSortField("place", op="min"),
        axis=axis,
        scale=alt.Scale(paddingInner=0.3, paddingOuter=0.15),
    )


def _amount(field: str, title: str | None, kind: str = "number", zero: bool = True) -> alt.X:
    """A scale of amounts: `number`, `money` (with the shop's sign), `share` or `percent` (already times 100)."""
    words = {
        "number": "format(datum.value, '~s')",
        "money": "sign + format(datum.value, '~s')",
        "share": "replace(format(100 * datum.value, '~'), '-', '\u2212') + '\u00a0%'",
        "percent": "replace(format(datum.value, '~'), '-', '\u2212') + '\u00a0%'",
    }
    axis = alt.Axis(title=title, labelExpr=words[kind], tickCount=5, labelFlush=False)
    return alt.X(f"{field}:Q", axis=axis, scale=alt.Scale(zero=zero, nice=False), stack=None)


# Months that a label of 48 pixels would cover decide which months have one; Januaries say their year.
_COVERED = "48 * (domain('x')[1] - domain('x')[0]) / 2629800000 / width"
# So does a time told by years: its points, this year's and the year before's, lie that many months apart.
_YEARLY = f"(domain('x')[1] - domain('x')[0]) / 2629800000 / max(1, length(data('{ROWS}'))) > 3.5"
_EVERY = f"({_YEARLY} ? 12 : {_COVERED} <= 1 ? 1 : {_COVERED} <= 3 ? 3 : {_COVERED} <= 6 ? 6 : 12)"
_MONTHS = f"utcmonth(datum.value) % {_EVERY} ? '' : utcFormat(datum.value, utcmonth(datum.value) ? '%b' : '%Y')"


def sales() -> dict[str, Any]:
    """Revenue over time, and the same a year before in grey."""
    when = alt.X(
        "t:T",
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(
            title=None,
            grid=False,
            domain=True,
            labelExpr=_MONTHS,
            labelOverlap=False,
            tickCount={"interval": "month", "step": 1},
        ),
    )
    axis = alt.Axis(title=None, labelExpr="sign + format(datum.value, '~s')", tickCount=5)
    height = alt.Y("value:Q", axis=axis, scale=alt.Scale(zero=True))
    before, now = "datum.series === 'before'", "datum.series === 'now'"
    layers = [
        _mark("line", before, color=FAINT, strokeWidth=2, strokeJoin="round").encode(when, height),
        _mark("line", now, color=ACCENT, strokeWidth=2.5, strokeJoin="round").encode(when, height),
        _mark("point", f"{before} && datum.dot", color=FAINT, size=22).encode(when, height),
        _mark("point", f"{now} && datum.dot", color=ACCENT, filled=True, size=34).encode(when, height),
        _mark("text", f"{before} && datum.label", align="left", dx=7, fill=SOFT).encode(
            when, height, alt.Text("label:N")
        ),
        _mark("text", f"{now} && datum.label", align="left", dx=7, fill=ACCENT, fontWeight=500).encode(
            when, height, alt.Text("label:N")
        ),
        _mark("rule", now, color=INK, opacity=0, strokeWidth=14).encode(when, tooltip=alt.Tooltip("tip:N")),
    ]
    return _whole(*layers, height=280, sign=True)


def _bars(kind: str, colour: Any, band: int = BAND) -> dict[str, Any]:
    """Bars from nought with their values at their ends; a row without a value says why instead."""
    rows = _names()
    faded = alt.Opacity("strength:Q", scale=None, legend=None)
    bar = _mark("bar", cornerRadiusEnd=2).encode(
        rows, _amount("value", None, kind), faded, color=colour, tooltip=alt.Tooltip("tip:N")
    )
    text = _mark("text", align="left", dx=6).encode(rows, alt.X("value:Q"), faded, text=alt.Text("label:N"))
    return _whole(bar, text, height=alt.Step(band), sign=kind == "money")


def segments() -> dict[str, Any]:
    """Revenue of each segment in its colour; a bar is chosen by a click."""
    spec = _bars("money", alt.Color("colour:N", scale=None))
    spec["config"]["bar"] = {"cursor": "pointer"}
    return spec


def frequency() -> dict[str, Any]:
    """Orders by the time since the customer's order before."""
    return _bars("number", alt.value(ACCENT), band=40)


def campaigns() -> dict[str, Any]:
    """What each channel brought in over its cost, as a share of the cost."""
    rows = _names()
    colour = alt.condition("datum.value < 0", alt.value("var(--bad)"), alt.value("var(--good)"))
    faded = alt.Opacity("strength:Q", scale=None, legend=None)
    layers = [
        _mark("bar", cornerRadiusEnd=2).encode(
            rows, _amount("value", "return on cost", "share"), faded, color=colour, tooltip=alt.Tooltip("tip:N")
        ),
        _mark("rule", color=SOFT).encode(x=alt.datum(0)),
        _mark("text", align="left", dx=6).encode(rows, alt.X("at:Q"), faded, text=alt.Text("label:N")),
    ]
    return _whole(*layers, height=alt.Step(BAND))


def retention() -> dict[str, Any]:
    """Share of each cohort that orders, by quarters since the first order."""
    when = alt.X(
        "quarter:Q",
        axis=alt.Axis(title="quarters since first order", grid=False, domain=True, format="d", tickMinStep=1),
        scale=alt.Scale(zero=False, nice=False),
    )
    axis = alt.Axis(title=None, labelExpr="format(100 * datum.value, '~') + '\u00a0%'", tickCount=5)
    share = alt.Y("value:Q", axis=axis, scale=alt.Scale(zero=True))
    colour = alt.condition("datum.newest", alt.value(ACCENT), alt.value(SOFT))
    faded = alt.Opacity("strength:Q", scale=None, legend=None)
    layers = [
        _mark("line", strokeJoin="round").encode(
            when, share, faded, color=colour, detail="name:N", strokeWidth=alt.StrokeWidth("width:Q", scale=None)
        ),
        _mark("point", "datum.dot", filled=True, size=30).encode(when, share, faded, color=colour),
        _mark("text", "datum.label", align="left", dx=6).encode(
            when, share, text="label:N", color=alt.condition("datum.newest", alt.value(ACCENT), alt.value(SOFT))
        ),
        _mark("point", filled=True, color=INK, opacity=0, size=220).encode(when, share, tooltip=alt.Tooltip("tip:N")),
    ]
    return _whole(*layers, height=250)


def _between(*, colour: Any, offset: Any, size: int) -> list[alt.Chart]:
    """Estimates as dots on the lines of their intervals."""
    rows, faded = _names(), alt.Opacity("strength:Q", scale=None, legend=None)
    shared: dict[str, Any] = {"color": colour, "tooltip": alt.Tooltip("tip:N")}
    if offset is not None:
        shared["yOffset"] = offset
    line = _mark("rule", strokeWidth=4, strokeOpacity=0.38).encode(rows, alt.X("low:Q"), faded, x2="high:Q", **shared)
    dot = _mark("point", filled=True, size=size, opacity=1).encode(rows, alt.X("value:Q"), faded, **shared)
    return [line, dot]


def experiment() -> dict[str, Any]:
    """Effect of each arm of the test in each segment, in per cent of the control group, with its interval."""
    colour = alt.Color("colour:N", scale=None)
    line, dot = _between(
        colour=colour, offset=alt.YOffset("arm:N", sort=alt.EncodingSortField("offset", op="min")), size=52
    )
    zero = _mark("rule", color=SOFT).encode(x=alt.datum(0))
    dot = dot.encode(x=_amount("value", "change against the control group", "percent", zero=False))
    return _whole(zero, line, dot, height=alt.Step(step=46, **{"for": "position"}))


def predicted() -> dict[str, Any]:
    """Expected share of each segment that answers the next campaign, with its interval."""
    line, dot = _between(colour=alt.value(INK), offset=None, size=70)
    dot = dot.encode(x=_amount("value", None, "share"))
    side = _mark("text", align="left", dx=8).encode(
        _names(), alt.Opacity("strength:Q", scale=None, legend=None), x=alt.value("width"), text="label:N"
    )
    return _whole(side, line, dot, height=alt.Step(BAND))


CHARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "sales": sales,
    "retention": retention,
    "segments": segments,
    "campaigns": campaigns,
    "predicted": predicted,
    "test": experiment,
    "frequency": frequency,
}
