import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bindery import execute, freeze, project
from bindery.errors import CellError
from bindery.execute import Executed
from bindery.project import Project

EXPECTED = Path(__file__).parent / "sample" / "expected"
ONE = "chapters/one.qmd"

needs_r = pytest.mark.skipif(shutil.which("R") is None, reason="R is not installed")


def run(book: Project, **options: object) -> Executed:
    return execute.run(book, ONE, freeze_dir=book.root / "_freeze", **options)


def cell(source: str, *options: str) -> str:
    return "```{python}\n" + "".join(f"#| {option}\n" for option in options) + source + "\n```\n\n"


@needs_r
@pytest.mark.parametrize("fmt", ["html", "typ"])
def test_the_sample_is_frozen_as_expected(sample_executed: tuple[Executed, Path], fmt: str) -> None:
    """Set UPDATE_SNAPSHOTS=1 to accept what is frozen now, and look at the difference before committing it."""
    _executed, freeze_dir = sample_executed
    frozen = freeze.load(freeze_dir, "chapters/sample.qmd")
    assert frozen is not None
    markdown = getattr(frozen, fmt).markdown
    expected = EXPECTED / f"{fmt}.md"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(markdown, encoding="utf-8")
    assert markdown == expected.read_text(encoding="utf-8")


@needs_r
def test_figures_lie_beside_and_each_is_there(sample_executed: tuple[Executed, Path]) -> None:
    _executed, freeze_dir = sample_executed
    folder = freeze_dir / "chapters" / "sample"
    for fmt, result in (("html", "html"), ("typst", "typ")):
        text = getattr(freeze.load(freeze_dir, "chapters/sample.qmd"), result).markdown
        named = set(re.findall(rf"sample_files/figure-{fmt}/([^)]+)\)", text))
        assert named == {path.name for path in (folder / f"figure-{fmt}").iterdir()}
    svg = (folder / "figure-typst" / "fig-sample-grammar-output-1.svg").read_text()
    assert 'width="288pt" height="216pt"' in svg  # four inches by three, as the book says for typst
    assert "<dc:date>" not in svg


@needs_r
@pytest.mark.slow
def test_a_second_run_gives_the_same_bytes(sample_executed: tuple[Executed, Path], tmp_path: Path) -> None:
    first, _freeze_dir = sample_executed
    book = project.load(Path(__file__).parent / "sample")
    second = execute.run(book, "chapters/sample.qmd", freeze_dir=tmp_path)
    assert second.pages == first.pages
    execute.discard(second)
    assert list((tmp_path / "chapters").iterdir()) == []


def test_a_chapter_tells_what_it_read_and_leaves_files(book: Callable[..., Project]) -> None:
    code = """\
import os, helper
open("data.csv").read()
open(os.environ["CHAPTER_INPUTS"], "a").write("R/figure.R\\n/elsewhere/data.parquet\\n")
open(os.path.join(os.environ["CHAPTER_FILES"], "facts.json"), "w").write("{}")
print(os.environ["CHAPTER_PATH"], os.environ["BOOK_FREEZE"] == os.path.abspath("_freeze"), os.environ["COLOUR"])"""
    files = {"helper.py": "", "data.csv": "x\n", "_environment": "COLOUR=blue\n", "_part.md": "Included.\n"}
    small = book(cell(code) + "{{< include /_part.md >}}\n", **files)
    steps: list[tuple[int, int, str]] = []
    done = run(small, progress=lambda *step: steps.append(step))
    assert done.inputs == ("/elsewhere/data.parquet", "R/figure.R", "_part.md", "data.csv", "helper.py")
    assert steps == [(1, 1, "cell 1")]
    assert "chapters/one.qmd True blue" in done.pages["html"].markdown
    assert freeze.load(small.root / "_freeze", ONE) is None  # nothing is there until it is saved
    execute.save(done, small.root / "_freeze", {"inputs.json": "{}"})
    frozen = freeze.load(small.root / "_freeze", ONE)
    assert frozen is not None
    assert frozen.files is not None
    assert sorted(path.name for path in frozen.folder.iterdir()) == ["execute-results", "files", "inputs.json"]


def test_a_chapter_without_code_starts_no_kernel_and_is_not_frozen(book: Callable[..., Project]) -> None:
    small = book("Text.\n")
    (small.root / "_freeze" / "chapters" / "one").mkdir(parents=True)
    done = run(small)
    assert (done.pages, done.elapsed) == ({}, 0.0)
    execute.save(done, small.root / "_freeze")
    assert not (small.root / "_freeze" / "chapters" / "one").exists()


def test_a_cell_that_raises_is_named_with_its_line(book: Callable[..., Project]) -> None:
    text = "---\ntitle: A\n---\n\n" + cell("def f():\n    1 / 0") + cell("open('_quarto.yml')\n\nf()", "label: one-bad")
    small = book(text)
    with pytest.raises(CellError) as caught:
        run(small)
    error = caught.value
    assert (error.chapter, error.label, error.line) == (ONE, "one-bad", 14)
    assert small.source(small.chapter(ONE)).read_text().splitlines()[error.line - 1] == "f()"
    assert error.traceback.endswith("ZeroDivisionError: division by zero")
    assert "\x1b" not in error.traceback
    assert error.inputs == ("_quarto.yml",)
    assert list((small.root / "_freeze" / "chapters").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "label", "line", "message"),
    [
        (cell("x = = 1"), "cell 1", 2, "SyntaxError"),
        ("Text\n\nand `{python} 1 / 0`.\n", "{python} 1 / 0", 3, "ZeroDivisionError"),
        (cell("import os\nos._exit(3)", "label: a"), "a", 3, "the kernel ended without an exception"),
        (cell("import ctypes\nctypes.string_at(0)"), "cell 1", 3, "Segmentation fault"),
        (cell("input('name?')"), "cell 1", 2, "StdinNotImplementedError"),
        (cell("import sys\nsys.stdin.read()"), "cell 1", 3, "not readable"),
        (cell("class A:\n  def _repr_html_(self): 1 / 0\nA()"), "cell 1", 3, "ZeroDivisionError"),
    ],
)
def test_other_ways_to_fail(book: Callable[..., Project], text: str, label: str, line: int, message: str) -> None:
    with pytest.raises(CellError, match=message) as caught:
        run(book(text))
    assert (caught.value.label, caught.value.line) == (label, line)


@needs_r
def test_an_error_in_r_is_told_in_the_words_of_r(book: Callable[..., Project]) -> None:
    code = "%%R\nf <- function(x) stop('no such customer')\n\nf(1)"
    with pytest.raises(CellError) as caught:
        run(book(cell("%load_ext rpy2.ipython") + cell(code, "label: one-r")))
    assert caught.value.traceback == "Error in f(1) : no such customer"
    assert caught.value.line == 10


def test_a_chapter_can_stop_in_an_orderly_way(book: Callable[..., Project]) -> None:
    text = (
        "---\ntitle: A\n---\n\nBefore.\n\n::: {.answer}\n\n"
        + cell("class ChapterStop(Exception): pass\nraise ChapterStop('It needs a table `x`.')", "include: false")
        + "After.\n:::\n"
    )
    done = run(book(text))
    assert done.stopped == "It needs a table `x`."
    expected = (
        "---\ntitle: A\n---\n\nBefore.\n\n::: {.answer}\n\n::: {.callout-note}\nIt needs a table `x`.\n:::\n\n:::\n"
    )
    assert done.pages["html"].markdown == done.pages["typst"].markdown == expected


def test_the_user_sees_nothing_of_the_bindery(book: Callable[..., Project]) -> None:
    code = (
        "import sys\n[name for name in dir() if name[0] != '_'], [m for m in sys.modules if m.startswith('bindery.')]"
    )
    page = run(book(cell(code))).pages["html"].markdown
    assert "(['In', 'Out', 'exit', 'get_ipython', 'open', 'quit', 'sys'], [])" in page


def test_what_the_author_should_know_is_said(book: Callable[..., Project]) -> None:
    empty = cell("print('no picture')", "label: fig-none", "fig-cap: A", "fig-alt: B")
    text = "---\njupyter: julia\n---\n\n" + cell("object()") + "A`{python} ''`.\n\n" + empty
    warnings = "\n".join(run(book(text)).warnings)
    assert "`jupyter: julia` is not used" in warnings
    assert "chapters/one.qmd:9: `''` is empty" in warnings
    assert "`fig-none` shows nothing" in warnings
    assert re.search(r"shows `<object at 0x[0-9a-f]+>`", warnings)
