"""Execution options, merged as Quarto does: its defaults < project < format < document < document's format < cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bindery import known
from bindery.cells import Cell

RASTER, VECTOR = frozenset({"retina", "png"}), frozenset({"svg"})


@dataclass(frozen=True)
class Execution:
    """How the cells of one document are executed and shown in one format.

    Attributes
    ----------
    eval, echo, output, warning, error, include
        What a cell does that does not say otherwise. `echo` may be `"fenced"` and `output` `"asis"`.
    fig_width, fig_height : float
        Size of a figure, in inches, that does not give its own.
    fig_format : str
        `retina` (PNG of twice the resolution), `png` or `svg`.
    fig_dpi : int
        Dots per inch.
    """

    eval: bool = True
    echo: bool | str = True
    output: bool | str = True
    warning: bool = True
    error: bool = False
    include: bool = True
    fig_width: float = 7
    fig_height: float = 5
    fig_format: str = "retina"
    fig_dpi: int = 96

    def of(self, cell: Cell, option: str) -> Any:
        """An option as it holds for a cell."""
        value = cell.options.get(option)
        return getattr(self, option) if value is None else value

    def shows(self, cell: Cell, option: str) -> bool:
        """Whether `include`, `echo`, `output` or `warning` is on for a cell."""
        if option == "warning" and self.output is False and cell.options.get("output") is not False:
            return bool(cell.options.get("warning"))
        return bool(self.of(cell, option))


DEFAULTS = {
    "html": Execution(),
    "typst": Execution(fig_width=5.5, fig_height=3.5, fig_format="svg"),
}


def resolve(fmt: str, project: Mapping[str, Any], front_matter: Mapping[str, Any]) -> Execution:
    """Options of a document in a format.

    Parameters
    ----------
    fmt : str
        `html` or `typst`.
    project : mapping
        Keys of `_quarto.yml`, with `format:` in it or already merged over the rest.
    front_matter : mapping
        Keys of the document.
    """
    given: dict[str, Any] = {}
    for level in (project, _format(project, fmt), front_matter, _format(front_matter, fmt)):
        given |= {key: value for key, value in flat(level).items() if key in known.EXECUTE and value is not None}
    default = DEFAULTS[fmt]
    names = {key: key.replace("-", "_") for key in given}
    return Execution(**{**vars(default), **{names[key]: given[key] for key in given if names[key] in vars(default)}})


def flat(level: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of one level with those under `execute:` among them: Quarto reads an option from either place."""
    execute = level.get("execute")
    rest = {key: value for key, value in level.items() if key != "execute"}
    return {**rest, **execute} if isinstance(execute, Mapping) else rest


def _format(level: Mapping[str, Any], fmt: str) -> Mapping[str, Any]:
    formats = level.get("format")
    options = formats.get(fmt) if isinstance(formats, Mapping) else None
    return options if isinstance(options, Mapping) else {}


def figure_warnings(executions: Mapping[str, Execution]) -> list[str]:
    """What is asked of figures that one run for both formats cannot give."""
    found = []
    for fmt, execution in executions.items():
        if execution.fig_format not in RASTER | VECTOR:
            found.append(
                f"`fig-format: {execution.fig_format}` for {fmt} is not made by the bindery; retina, png and svg are"
            )
    if len({execution.eval for execution in executions.values()}) > 1:
        found.append("`eval` differs between the formats; cells run once for both, as html says")
    return found
