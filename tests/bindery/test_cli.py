import re
import subprocess
import sys

import pytest

from bindery import cli
from bindery.cli import main

CELL = "# One\n\n```{python}\n#| label: one-x\n1 + 1\n```\n"


@pytest.fixture
def here(book, monkeypatch):
    """A book with one chapter of code, and the current folder in it."""
    project = book(CELL)
    monkeypatch.chdir(project.root)
    return project


@pytest.mark.parametrize("command", ["", "render", "execute", "bind", "status", "preview", "lint", "clean"])
def test_help(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    assert command in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["frobnicate"], [], ["render", "--jobs", "0"], ["bind", "--to", "epub"], ["status", "--meta", "x"]]
)
def test_wrong_usage(arguments, here, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_unknown_chapter_names_the_nearest(here, capsys):
    assert main(["execute", "chapters/oen.qmd"]) == 2
    assert "chapters/oen.qmd is no chapter of this book; did you mean chapters/one.qmd?" in capsys.readouterr().err


def test_no_project(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["status"]) == 2
    assert "there is no _quarto.yml here or in a folder above" in capsys.readouterr().err
    assert main(["status", "--project", "gone"]) == 2


def test_status_from_a_folder_below(here, capsys, monkeypatch):
    monkeypatch.chdir(here.root / "chapters")
    assert main(["status"]) == 0
    assert capsys.readouterr().out == "index.qmd         fresh, no code\nchapters/one.qmd  stale  never executed\n"


def test_broken_project_is_a_failure(here, capsys):
    (here.root / "_quarto.yml").write_text("project: [")
    assert main(["status"]) == 1
    assert "_quarto.yml:1" in capsys.readouterr().err


def test_bind_without_freeze_says_what_to_do(here, capsys):
    assert main(["bind"]) == 1
    error = capsys.readouterr().err
    assert "chapters/one.qmd" in error
    assert not here.output_dir.exists()


def test_bind_names_stale_chapters(here, capsys):
    assert main(["bind"]) == 1
    assert "stale, bound as they were frozen: chapters/one.qmd (`status` says why)" in capsys.readouterr().err


def test_bind_meta_and_output(here, capsys):
    (here.root / "chapters/one.qmd").write_text("# One\n")
    assert main(["bind", "--to", "html", "--output-dir", "elsewhere", "--meta", "book.subtitle=For: a shop"]) == 0
    assert "For: a shop" in (here.root / "elsewhere/index.html").read_text()
    assert not (here.root / "elsewhere/Small.pdf").exists()
    assert "\nbook: elsewhere, site bound, after " in capsys.readouterr().err
    assert main(["clean", "--output-dir", "elsewhere"]) == 0
    assert not (here.root / "elsewhere").exists()


def test_folder_that_cannot_be_written_is_a_failure(here, capsys):
    (here.root / ".cache").write_text("in the way")
    assert main(["bind"]) == 1
    assert ".cache" in capsys.readouterr().err


def test_warning_is_printed_once(here, capsys):
    config = here.root / "_quarto.yml"
    config.write_text(config.read_text() + "unheard: of\n")
    (here.root / "chapters/one.qmd").write_text("# One\n")
    assert main(["render"]) == 0
    warnings = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning:")]
    assert len([line for line in warnings if "`unheard`" in line]) == 1
    assert len(warnings) == len(set(warnings))


def test_lint_exits_by_what_it_finds(here, capsys):
    assert main(["lint"]) == 0
    (here.root / "chapters/one.qmd").write_text("# One\n\nSee @fig-none.\n")
    assert main(["lint"]) == 1
    assert capsys.readouterr().out.startswith("chapters/one.qmd:3: unknown-reference: ")


def test_paths_of_chapters_are_taken_from_here_too(here, monkeypatch):
    monkeypatch.chdir(here.root / "chapters")
    assert cli._chapter(here, "one.qmd") == "chapters/one.qmd"
    assert cli._chapter(here, "chapters/one.qmd") == "chapters/one.qmd"


@pytest.mark.parametrize(
    ("text", "value"),
    [("book.title=A: b", "A: b"), ("book.title=A", "A"), ("toc=true", True), ("a=", None), ("a={b: 1}", "{b: 1}")],
)
def test_meta_values(text, value):
    assert cli._meta(text)[1] == value


def test_meta_nests():
    pairs = [cli._meta("book.title=A"), cli._meta("book.subtitle=B"), cli._meta("lang=de")]
    assert cli._overrides(pairs) == {"book": {"title": "A", "subtitle": "B"}, "lang": "de"}


def test_asking_is_quick_because_little_is_imported():
    code = "import sys, bindery.cli, bindery.render; print({'nbclient', 'pandas', 'typst'} & sys.modules.keys())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"


@pytest.mark.slow
def test_render_as_a_program(here):
    command = [sys.executable, "-m", "bindery", "render", "--jobs", "1"]
    first = subprocess.run(command, capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stderr
    assert re.search(r"^chapters/one.qmd: started\nchapters/one.qmd: done in \d+\.\d s$", first.stderr, re.MULTILINE)
    assert "chapters: 1 executed, 0 fresh, after " in first.stderr
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert re.fullmatch(
        r"chapters: 0 executed, 1 fresh, after 0\.\d s\nbook: _book, up to date, after 0\.\d s\n", second.stderr
    )
    (here.root / "chapters/one.qmd").write_text(CELL.replace("1 + 1", "1 / 0"))
    third = subprocess.run(command, capture_output=True, text=True, check=False)
    assert third.returncode == 1
    assert "  failed: chapters/one.qmd:5: cell `one-x` of chapters/one.qmd failed" in third.stderr
    assert "are as they were before" in third.stderr
