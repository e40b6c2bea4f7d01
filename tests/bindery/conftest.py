"""What tests of the bindery share: small books, and one chapter that is executed once for all."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bindery import execute, project
from bindery.execute import Executed
from bindery.project import Project

SAMPLE = Path(__file__).parent / "sample"

CONFIG = """\
project:
  type: book
  execute-dir: project
book:
  title: Small
  chapters: [index.qmd, chapters/one.qmd]
jupyter: python3
"""

Book = Callable[..., Project]


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Make a book of one chapter, `chapters/one.qmd`, and of other files by their path."""

    def make(chapter: str = "# One\n", config: str = CONFIG, **files: str) -> Project:
        texts = {"_quarto.yml": config, "index.qmd": "# Preface {.unnumbered}\n", "chapters/one.qmd": chapter, **files}
        for name, text in texts.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return project.load(tmp_path)

    return make


@pytest.fixture(scope="session")
def sample_executed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Executed, Path]:
    """The sample chapter, executed and frozen, and the freeze."""
    freeze_dir = tmp_path_factory.mktemp("sample") / "_freeze"
    executed = execute.run(project.load(SAMPLE), "chapters/sample.qmd", freeze_dir=freeze_dir)
    execute.save(executed, freeze_dir)
    return executed, freeze_dir
