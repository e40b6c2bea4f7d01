import json
import os
import time

import pytest

from bindery import atomic, binding, render, stale
from bindery.errors import BinderyError

CONFIG = """\
project: {type: book, execute-dir: project}
book:
  title: Small
  chapters: [index.qmd, chapters/one.qmd, chapters/two.qmd, chapters/prose.qmd]
"""

SUM = """---
title: Summary
depends: all
---

```{python}
#| label: index-read
import json, os
from pathlib import Path
facts = Path(os.environ["BOOK_FREEZE"], "chapters/one/files/facts.json")
print("one says", json.loads(facts.read_text())["one.value"], "of", *os.environ["CHAPTER_NEEDS"].splitlines())
```
"""

ONE = """# One

```{python}
#| label: one-facts
import json, os
from pathlib import Path
value = int(Path("data.txt").read_text()) // 10
Path(os.environ["CHAPTER_FILES"], "facts.json").write_text(json.dumps({"one.value": value}))
```
"""

TWO = """# Two

```{python}
#| label: two-text
print(open("R/two.R").read())
```
"""


class Record:
    """A reporter that remembers."""

    def __init__(self):
        self.started_, self.ended_, self.steps = [], {}, []

    def started(self, name):
        self.started_.append(name)

    def step(self, name, number, total, label):
        self.steps.append((name, number, total, label))

    def ended(self, name, outcome):
        self.ended_[name] = outcome.state

    def tick(self):
        pass


class Small:
    """A small book with all that rendering has to keep apart."""

    def __init__(self, project):
        self.project = project
        self.root = project.root
        self.freeze = project.root / "_freeze"
        self.out = project.output_dir
        self.record = Record()

    def write(self, name, text):
        (self.root / name).write_text(text)
        os.utime(self.root / name, (time.time() - 10,) * 2)

    def execute(self, **options):
        self.record = Record()
        return render.execute(self.project, self.freeze, self.record, **options)

    def render(self, **options):
        self.record = Record()
        return render.render(self.project, self.freeze, self.out, self.record, **options)

    def states(self):
        return {status.path: status.state for status in stale.survey(self.project, self.freeze)}


@pytest.fixture
def small(book):
    small = Small(
        book(
            config=CONFIG,
            **{
                "index.qmd": SUM,
                "chapters/one.qmd": ONE,
                "chapters/two.qmd": TWO,
                "chapters/prose.qmd": "# Prose\n",
                "data.txt": "410",
                "R/two.R": "two <- 2",
            },
        )
    )
    for file in small.root.rglob("*.*"):
        os.utime(file, (time.time() - 10,) * 2)
    return small


def tree(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_render_again_only_what_a_change_touches(small):
    report, bound = small.render(jobs=2)
    assert set(report.executed) == {"index.qmd", "chapters/one.qmd", "chapters/two.qmd"}
    assert small.record.started_[2] == "index.qmd"
    assert ("chapters/two.qmd", 1, 1, "two-text") in small.record.steps
    assert bound.made == ("html", "typst")
    assert json.loads((small.out / "facts.json").read_text()) == {"one.value": 41}
    assert (small.out / "Small.pdf").read_bytes().startswith(b"%PDF")
    assert "one says 41 of chapters/one.qmd chapters/two.qmd" in (small.out / "index.html").read_text()

    began = time.monotonic()
    report, bound = small.render()
    assert (report.executed, bound.made) == ((), ())
    assert time.monotonic() - began < 1

    small.write("R/two.R", "two <- 3")
    assert small.states()["chapters/one.qmd"] == "fresh"
    report, bound = small.render()
    assert report.executed == ("chapters/two.qmd",)
    assert small.record.ended_["index.qmd"] == "done"
    assert "index.qmd" in report.fresh  # it was stale for its dependency alone, whose facts are what they were
    assert set(small.states().values()) == {"fresh", "no code"}

    small.write("data.txt", "420")
    report, bound = small.render()
    assert report.executed == ("index.qmd", "chapters/one.qmd")
    assert "one says 42" in (small.out / "index.html").read_text()


@pytest.mark.slow
def test_failure_stops_its_chapter_alone_and_leaves_the_book(small):
    small.render()
    before, frozen = tree(small.out), tree(small.freeze / "chapters/one")
    small.write("data.txt", "many")
    small.write("R/two.R", "two <- 3")
    report, bound = small.render()
    assert bound is None
    assert report.executed == ("chapters/two.qmd",)
    assert list(report.failed) == ["chapters/one.qmd"]
    first, *_, last = report.failed["chapters/one.qmd"].splitlines()
    assert first == "chapters/one.qmd:7: cell `one-facts` of chapters/one.qmd failed"
    assert last == "ValueError: invalid literal for int() with base 10: 'many'"
    assert report.skipped == {"index.qmd": "needs chapters/one.qmd"}
    assert tree(small.out) == before
    assert tree(small.freeze / "chapters/one") == frozen
    assert small.states()["chapters/one.qmd"] == "stale"
    assert not list(small.freeze.rglob(".*"))


@pytest.mark.slow
def test_chosen_chapter_brings_its_stale_dependencies(small):
    report = small.execute(chapters=["chapters/two.qmd"])
    assert (report.executed, report.fresh) == (("chapters/two.qmd",), ())
    assert set(small.execute(chapters=["index.qmd"]).executed) == {"index.qmd", "chapters/one.qmd"}
    assert small.execute(chapters=["chapters/two.qmd"], force=True).executed == ("chapters/two.qmd",)


@pytest.mark.slow
def test_chapter_whose_input_changed_meanwhile_stays_stale(small):
    small.write(
        "chapters/two.qmd", TWO.replace("print(", "open('R/two.R').read(); open('R/two.R', 'a').write(' ')\nprint(")
    )
    small.execute(chapters=["chapters/two.qmd"])
    assert small.states()["chapters/two.qmd"] == "stale"


@pytest.mark.slow
def test_chapter_that_lost_its_code_is_forgotten(small):
    small.execute(chapters=["chapters/two.qmd"])
    small.write("chapters/two.qmd", "# Two\n\n````\n```{python}\n1\n```\n````\n")
    small.execute(chapters=["chapters/two.qmd"])
    assert small.states()["chapters/two.qmd"] == "no code"
    assert not (small.freeze / "chapters/two").exists()


@pytest.fixture
def prose(book):
    """A book without code, and so quick to bind."""
    return Small(book())


def test_one_format_keeps_the_other(prose):
    prose.render()
    pdf = (prose.out / "Small.pdf").read_bytes()
    prose.write("index.qmd", "# Preface {.unnumbered}\n\nMore words.\n")
    _, bound = prose.render(formats=("html",))
    assert bound.made == ("html",)
    assert "More words" in (prose.out / "index.html").read_text()
    assert (prose.out / "Small.pdf").read_bytes() == pdf
    assert prose.render()[1].made == ("typst",)


@pytest.mark.parametrize("name", ["chapters/one.html", "Small.pdf"])
def test_lost_or_changed_output_is_bound_again(prose, name):
    prose.render()
    before = tree(prose.out)
    (prose.out / name).unlink()
    prose.render()
    assert tree(prose.out) == before


def test_killed_binding_leaves_nothing_beside(prose):
    left = prose.out.parent / f".{prose.out.name}.new-999999"
    (left / "html").mkdir(parents=True)
    other = prose.out.parent / ".other.new-999999"
    other.mkdir()
    prose.render()
    assert not left.exists()
    assert other.exists()
    assert not list(prose.root.glob(f".{prose.out.name}*"))


def test_site_links_to_the_pdf_only_if_there_will_be_one(prose):
    link = 'href="Small.pdf"'
    prose.render(formats=("html",))
    assert link not in (prose.out / "index.html").read_text()
    assert prose.render()[1].made == ("html", "typst")
    assert link in (prose.out / "index.html").read_text()


def test_failed_binding_leaves_the_book(prose):
    prose.render()
    before = tree(prose.out)
    files = prose.freeze / "chapters/one/files"
    files.mkdir(parents=True)
    (files / "index.html").write_text("mine")
    _, bound = prose.render()
    assert bound.failed == ("html",)
    assert "chapters/one.qmd publishes index.html" in bound.outcomes["html"].message
    assert tree(prose.out) == before


def test_other_files_are_not_replaced(prose, tmp_path):
    prose.out = tmp_path / "documents"
    prose.out.mkdir()
    (prose.out / "letter.txt").write_text("dear")
    with pytest.raises(BinderyError, match="holds other files"):
        prose.render()
    prose.out = prose.root
    with pytest.raises(BinderyError, match="holds the project itself"):
        prose.render()


def test_book_made_elsewhere_is_replaced(prose):
    prose.render()
    cache = prose.root / ".cache"
    for record in (cache / "bindery").glob("output-*"):
        record.unlink()
    assert prose.render()[1].made == ("html", "typst")


def test_forget_removes_the_book_and_its_record(prose):
    prose.render()
    binding.forget(prose.project, prose.out)
    assert not prose.out.exists()
    assert prose.render()[1].made == ("html", "typst")


def test_recover_beside_puts_back_what_was_moved_away(tmp_path):
    old = tmp_path / "._book.old-999999"
    old.mkdir()
    (old / "index.html").write_text("old")
    atomic.recover_beside(tmp_path / "_book")
    assert (tmp_path / "_book/index.html").read_text() == "old"
