"""What the bindery freezes for a book equals what Quarto froze for it, but for ids that are random in both.

The reference is a folder with the book and Quarto's freeze of it, which is not part of the repository: the environment
variable PATRONS_QUARTO_REFERENCE names it, or it lies in ../shared/quarto-reference beside the checkout.

One more thing was random in the reference: ggplot2 greets every tenth R session with a tip, drawn from R's generator,
and did so when Quarto executed the chapter for typst, not when it did for html. So the chapter is executed twice here,
with R seeded from its profile such that it gives no tip, or that very tip.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from bindery import execute, project

BOOK = Path(os.environ.get("PATRONS_QUARTO_REFERENCE") or Path(__file__).parents[3] / "shared" / "quarto-reference")
CHAPTER = "chapters/cells.qmd"
TIP = "R Graphics Cookbook"
FIND_SEED = """
tip <- commandArgs(TRUE)
for (seed in 1:100000) {
  set.seed(seed)
  greets <- runif(1) <= 0.1
  if (if (length(tip)) greets && grepl(tip, ggplot2:::random_tip(), fixed = TRUE) else !greets) break
}
cat(seed)
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not BOOK.is_dir(), reason="there is no reference by Quarto: set PATRONS_QUARTO_REFERENCE"),
    pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed"),
]


@pytest.fixture(scope="module", params=["html", "typ"])
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Path]:
    """The format, the chapter's folder in the freeze of the bindery, and that in Quarto's."""
    fmt = request.param
    folder = tmp_path_factory.mktemp(fmt)
    seed = subprocess.run(
        ["Rscript", "-e", FIND_SEED, *([TIP] if fmt == "typ" else [])], check=True, capture_output=True, text=True
    ).stdout
    (folder / "profile.R").write_text(f"set.seed({seed})\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("R_PROFILE_USER", str(folder / "profile.R"))
        executed = execute.run(project.load(BOOK / "book"), CHAPTER, freeze_dir=folder / "_freeze")
    execute.save(executed, folder / "_freeze")
    return fmt, folder / "_freeze" / "chapters" / "cells", BOOK / "freeze" / "chapters" / "cells"


def read(folder: Path, fmt: str) -> dict:
    return json.loads((folder / "execute-results" / f"{fmt}.json").read_text(encoding="utf-8"))


def without_random_ids(markdown: str) -> str:
    markdown = re.sub(r"\{#[0-9a-f]{8} \.cell", "{#ID .cell", markdown)
    for pattern in (r'<div id="([a-z]{10})" style="padding-left', r'<div id="altair-viz-([0-9a-f]{32})"'):
        for random in set(re.findall(pattern, markdown)):
            markdown = markdown.replace(random, "ID")
    return markdown


def test_markdown_is_the_same(results: tuple[str, Path, Path]) -> None:
    fmt, ours, theirs = results
    ours_text, theirs_text = (without_random_ids(read(folder, fmt)["result"]["markdown"]) for folder in (ours, theirs))
    assert ours_text.splitlines() == theirs_text.splitlines()
    assert ours_text == theirs_text


def test_the_rest_of_the_result_is_the_same_but_for_scripts_from_the_network(results: tuple[str, Path, Path]) -> None:
    fmt, ours, theirs = results
    found, expected = read(ours, fmt), read(theirs, fmt)
    assert list(found) == list(expected)
    assert list(found["result"]) == list(expected["result"])
    for content in (found, expected):
        content["result"].pop("markdown")
        content["result"].pop("includes", None)
    assert found == expected


def test_figures_are_the_same_in_name_and_size(results: tuple[str, Path, Path]) -> None:
    fmt, ours, theirs = results
    name = {"html": "figure-html", "typ": "figure-typst"}[fmt]
    assert sorted(path.name for path in (ours / name).iterdir()) == sorted(
        path.name for path in (theirs / name).iterdir()
    )
    for path in (theirs / name).iterdir():
        if path.suffix == ".png":
            with Image.open(path) as expected, Image.open(ours / name / path.name) as found:
                assert (found.size, found.info.get("dpi")) == (expected.size, expected.info.get("dpi"))
        else:
            size = r'<svg [^>]*?width="[^"]+" height="[^"]+"'
            assert re.findall(size, (ours / name / path.name).read_text()) == re.findall(size, path.read_text())
