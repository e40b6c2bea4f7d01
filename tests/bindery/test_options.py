import pytest

from bindery import options
from bindery.cells import Cell
from bindery.options import Execution


def cell(**given: object) -> Cell:
    return Cell("1", {key.replace("_", "-"): value for key, value in given.items()}, 1, None, "python", 1, "a.qmd")


def test_defaults_are_those_of_quarto() -> None:
    assert options.resolve("html", {}, {}) == Execution(fig_width=7, fig_height=5, fig_format="retina", fig_dpi=96)
    assert options.resolve("typst", {}, {}) == Execution(fig_width=5.5, fig_height=3.5, fig_format="svg", fig_dpi=96)


LEVELS = [
    ({"execute": {"fig-dpi": 1}}, {}, 1),
    ({"execute": {"fig-dpi": 1}, "format": {"html": {"fig-dpi": 2}}}, {}, 2),
    ({"format": {"html": {"fig-dpi": 2}, "typst": {"fig-dpi": 9}}}, {"execute": {"fig-dpi": 3}}, 3),
    ({}, {"execute": {"fig-dpi": 3}, "format": {"html": {"execute": {"fig-dpi": 4}}}}, 4),
    ({"fig-dpi": 5}, {"format": "html"}, 5),
]


@pytest.mark.parametrize(("project", "document", "dpi"), LEVELS)
def test_project_format_document_and_its_format_follow_each_other(
    project: dict[str, object], document: dict[str, object], dpi: int
) -> None:
    assert options.resolve("html", project, document).fig_dpi == dpi


def test_a_cell_has_the_last_word() -> None:
    execution = Execution(echo=False, warning=False)
    assert not execution.shows(cell(), "echo")
    assert execution.shows(cell(echo=True), "echo")
    assert execution.of(cell(output="asis"), "output") == "asis"


def test_no_output_means_no_warnings_unless_a_cell_asks() -> None:
    execution = Execution(output=False)
    assert not execution.shows(cell(output=True), "warning")
    assert execution.shows(cell(output=True, warning=True), "warning")


def test_what_one_run_cannot_give_is_said() -> None:
    both = {"html": Execution(fig_format="jpeg"), "typst": Execution(eval=False)}
    first, second = options.figure_warnings(both)
    assert "`fig-format: jpeg` for html" in first
    assert "`eval` differs" in second
    assert options.figure_warnings({"html": Execution(), "typst": Execution(fig_format="svg")}) == []
