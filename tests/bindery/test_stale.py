import json
import os
import time

import pytest

from bindery import cells, project, stale
from bindery.errors import ProjectError

A, B, SUM = "chapters/a.qmd", "chapters/b.qmd", "index.qmd"
CELL = "```{python}\n#| label: a-one\n1 + 1\n```\n"


class Book:
    """A small book on disk whose chapters can be declared executed."""

    def __init__(self, root):
        self.root = root
        self.freeze = root / "_freeze"
        self.write("_quarto.yml", f"project: {{type: book}}\nbook:\n  title: T\n  chapters: [index.qmd, {A}, {B}]\n")
        self.write(SUM, "---\ndepends: all\n---\n# Summary\n\n" + CELL)
        self.write(A, "# A\n\n{{< include _part.md >}}\n\n" + CELL)
        self.write("chapters/_part.md", "A part.\n")
        self.write(B, "# B\n\nNo code.\n")
        self.write("R/figures.R", "f <- 1\n")
        self.write("requirements.txt", "numpy==2\n")

    @property
    def project(self):
        return project.load(self.root)

    def write(self, name, text, age=10):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (time.time() - age,) * 2)

    def execute(self, path, read=("R/figures.R",), facts=None, began=None):
        """Freeze a chapter as the bindery does, with nothing in its results."""
        folder = self.freeze / path.removesuffix(".qmd")
        for name in stale.RESULTS:
            (folder / "execute-results").mkdir(parents=True, exist_ok=True)
            (folder / "execute-results" / name).write_text("{}")
        if facts is not None:
            (folder / "files").mkdir(exist_ok=True)
            (folder / "files" / "facts.json").write_text(facts)
        needs = {status.path: status.needs for status in self.survey()}[path]
        document = cells.read(self.root, path)
        text = stale.record(self.project, document, self.freeze, needs, read, began or time.time_ns())
        (folder / "inputs.json").write_text(text)
        return text

    def survey(self):
        return stale.survey(self.project, self.freeze)

    def reasons(self, path):
        return {status.path: status.reasons for status in self.survey()}[path]


@pytest.fixture
def book(tmp_path):
    return Book(tmp_path.resolve())


@pytest.fixture
def frozen(book):
    book.execute(A, facts='{"a": 1}')
    book.execute(SUM)
    return book


def test_never_executed(book):
    states = [(status.path, status.state, status.reasons) for status in book.survey()]
    assert states == [
        (SUM, "stale", ("never executed", f"{A} is stale")),
        (A, "stale", ("never executed",)),
        (B, "no code", ()),
    ]


def test_fresh(frozen):
    assert [status.state for status in frozen.survey()] == ["fresh", "fresh", "no code"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (A, f"{A} changed"),
        ("chapters/_part.md", "chapters/_part.md changed"),
        ("R/figures.R", "R/figures.R changed"),
        ("requirements.txt", "requirements.txt changed"),
        ("renv.lock", "renv.lock is new"),
    ],
)
def test_changed_input_is_named(frozen, name, reason):
    old = frozen.root / name
    frozen.write(name, (old.read_text() if old.exists() else "") + "\nmore\n")
    assert frozen.reasons(A) == (reason,)
    assert f"{A} is stale" in frozen.reasons(SUM)


def test_changed_back_is_fresh(frozen):
    before = (frozen.root / "R/figures.R").read_text()
    frozen.write("R/figures.R", "g <- 2\n")
    frozen.write("R/figures.R", before)
    assert frozen.reasons(A) == ()


def test_missing_input(frozen):
    (frozen.root / "R/figures.R").unlink()
    assert frozen.reasons(A) == ("R/figures.R is missing",)


def test_lost_results(frozen):
    (frozen.freeze / "chapters/a/execute-results/typ.json").unlink()
    assert frozen.reasons(A) == ("never executed",)


def test_record_that_cannot_be_read(frozen):
    (frozen.freeze / "chapters/a/inputs.json").write_text("{")
    assert frozen.reasons(A) == ("its inputs.json cannot be read",)


def test_other_version(frozen, monkeypatch):
    monkeypatch.setattr(stale, "VERSION", stale.VERSION + 1)
    assert frozen.reasons(A) == ("frozen by another version of the bindery",)


def test_option_of_project_and_document(frozen):
    config = (frozen.root / "_quarto.yml").read_text()
    frozen.write("_quarto.yml", config + "execute: {echo: false}\n")
    assert frozen.reasons(A) == ("option html.echo changed", "option typst.echo changed")


def test_bibliography_is_no_input_of_execution(frozen):
    frozen.write("_quarto.yml", (frozen.root / "_quarto.yml").read_text() + "bibliography: refs.bib\n")
    assert frozen.reasons(A) == ()


def test_facts_of_a_dependency(frozen):
    frozen.execute(A, facts='{"a": 2}')
    assert frozen.reasons(A) == ()
    assert frozen.reasons(SUM) == (f"facts.json of {A} changed",)


def test_new_dependency(frozen):
    frozen.write(B, "# B\n\n" + CELL)
    frozen.execute(B)
    assert frozen.reasons(SUM) == (f"it now depends on {B}",)


def test_input_outside_the_project_is_absolute(book, tmp_path_factory):
    outside = tmp_path_factory.mktemp("data") / "x.csv"
    outside.write_text("1")
    os.utime(outside, (1, 1))
    text = book.execute(A, read=["R/figures.R", str(book.root / "R/figures.R"), str(outside)])
    assert sorted(json.loads(text)["files"])[0] == str(outside)
    assert "R/figures.R" in json.loads(text)["files"]
    assert str(book.root) not in text
    outside.write_text("2")
    assert book.reasons(A) == (f"{outside} changed",)


def test_record_is_the_same_each_time_and_leaves_the_freeze_out(book):
    freeze_file = str(book.freeze / "chapters/x/files/facts.json")
    first = book.execute(A, read=["R/figures.R", "requirements.txt", freeze_file])
    assert first == book.execute(A, read=["requirements.txt", "R/figures.R"])


def test_file_changed_during_execution_is_not_trusted(book):
    began = time.time_ns()
    book.write("R/figures.R", "f <- 2\n", age=0)
    book.execute(A, began=began)
    assert book.reasons(A) == (f"R/figures.R {stale.UNSETTLED}",)


def test_example_of_a_cell_is_no_code(book):
    book.write(B, "# B\n\n````\n```{python}\n1\n```\n````\n")
    assert {status.path: status.state for status in book.survey()}[B] == "no code"


@pytest.mark.parametrize(
    ("wanted", "needs"),
    [
        ({"a": None, "b": "a"}, {"a": set(), "b": {"a"}}),
        ({"a": "all", "b": None, "c": "all"}, {"a": {"b"}, "b": set(), "c": {"b"}}),
        ({"a": ["all", "c"], "b": None, "c": "all"}, {"a": {"b", "c"}, "b": set(), "c": {"b"}}),
    ],
)
def test_dependencies(wanted, needs):
    assert stale.dependencies(wanted) == needs


def test_unknown_dependency_names_the_nearest():
    with pytest.raises(ProjectError, match=r"chapters/rmf.qmd.*did you mean chapters/rfm.qmd\?"):
        stale.dependencies({"index.qmd": "chapters/rmf.qmd", "chapters/rfm.qmd": None})


def test_table_is_aligned():
    lines = stale.table(
        [
            stale.Status("index.qmd", "stale", ("never executed", "chapters/a.qmd is stale")),
            stale.Status("chapters/a.qmd", "fresh"),
            stale.Status("b.qmd", "no code"),
        ]
    )
    assert lines == (
        "index.qmd       stale  never executed\n"
        "                       chapters/a.qmd is stale\n"
        "chapters/a.qmd  fresh\n"
        "b.qmd           fresh, no code"
    )
