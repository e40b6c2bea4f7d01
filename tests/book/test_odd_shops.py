"""Shops in which scores collapse, and shops of few customers, still give whole chapters that say what is the matter."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hostile
import pandas as pd
import pytest

from patrons import paths
from patrons.source import load

HOSTILE = "<script>|$*"
FIRST = pd.Timestamp("2021-01-01")

#: Orders (who, on which day, for how much), and what the page must say.
SHOPS = {
    "once": ([(who, 2 * who, 10 + who % 37) for who in range(200)], ["the same number of orders, 1: its score is 1"]),
    "same_day": (
        [(who, 5, 10 + who % 37) for who in range(60)],
        ["the same recency, 1\u00a0day: its score is 1", "the same number of orders", "nobody is called silent"],
    ),
    "six": (
        [(line % 6, 30 * line, 10 + line) for line in range(30)],
        ["There are only 6 customers, too few for 5 bins"],
    ),
    "one": ([(1, 3, 987.65)], ["There is only 1 customer"]),
}


#: Chapters that ask more of a test, a year or a group than forty customers have; those that end, and with which words.
SMALL = ("discount-test", "seasonality", "strategy", "monitoring")
ENDED = {
    "strategy": "needs a test with at least 20 people in the control",
    "monitoring": "needs at least 50 customers",
}


def run(root: Path, source: Path, *command: str) -> str:
    """Run a module of the project for a source; return what it says."""
    environment = {**os.environ, "PATRONS_SOURCE": str(source)}
    line = [sys.executable, "-m", *command]
    done = subprocess.run(line, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def execute(root: Path, source: Path, freeze: Path) -> Path:
    """Execute the chapter for a source; return where its results are."""
    said = run(root, source, "bindery", "execute", "--freeze-dir", str(freeze), "chapters/rfm.qmd")
    assert "ended early" not in said
    return freeze / "chapters" / "rfm"


@contextmanager
def swept(root: Path, source: Path) -> Iterator[None]:
    """Remove in the end what was built of a source."""
    try:
        yield
    finally:
        key = load(source, paths.default_source()).key
        for folder in (paths.built(key), root / "models" / key):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (paths.rejected(key), paths.problems(key)):
            file.unlink(missing_ok=True)


def markdown(freeze: Path, chapter: str) -> str:
    """Return the page of a chapter."""
    file = freeze / "chapters" / chapter / "execute-results" / "html.json"
    return json.loads(file.read_text(encoding="utf-8"))["result"]["markdown"]


@pytest.mark.slow
def test_forty_customers_have_chapters_that_say_what_they_lack_and_models(root: Path, tmp_path: Path) -> None:
    source, freeze, scored = hostile.write(tmp_path, 40), tmp_path / "freeze", tmp_path / "scored.csv"
    chapters = [f"chapters/{name}.qmd" for name in SMALL]
    with swept(root, source):
        run(root, source, "bindery", "execute", "--freeze-dir", str(freeze), *chapters)
        run(root, source, "patrons", "fit")
        run(root, source, "patrons", "score", str(tmp_path / "customers.csv"), "-o", str(scored))
    for name in SMALL:
        page = re.sub(r"<style>.*?</style>", "", markdown(freeze, name), flags=re.DOTALL)
        assert ENDED.get(name, "{#sec-") in page, name
        assert "✗" not in page, name
        assert not re.search(r"(?<![.\w])nan(?![\w=])", page), name
    assert len(pd.read_csv(scored)) == 40


@pytest.mark.slow
@pytest.mark.parametrize("name", SHOPS)
def test_a_shop_whose_scores_collapse_has_a_whole_chapter(root: Path, tmp_path: Path, name: str) -> None:
    rows, said = SHOPS[name]
    orders = pd.DataFrame(rows, columns=["who", "day", "money"])
    orders["day"] = [(FIRST + pd.Timedelta(days=day)).date() for day in orders["day"]]
    orders.to_csv(tmp_path / "orders.csv", index=False)
    columns = "{customer_id: who, ordered_at: day, amount: money}"
    source = tmp_path / "source.yml"
    source.write_text(f"name: '{HOSTILE}'\ntables: {{transactions: {{file: orders.csv, columns: {columns}}}}}\n")
    with swept(root, source):
        results = execute(root, source, tmp_path / "freeze")
    page = markdown(tmp_path / "freeze", "rfm")
    warning = re.search(r"::: \{\.callout-warning.*?\n:::", page, re.DOTALL)
    assert warning, "no warning on the page"
    for words in said:
        assert words in warning[0]
    assert "**What to do:**" in warning[0]
    assert "{#sec-rfm-actions}" in page
    assert "Traceback" not in page
    assert "nan" not in re.findall(r"[a-z]+", page)
    assert "✗" not in page
    assert "<script>" not in page
    facts = json.loads((results / "files" / "facts.json").read_text(encoding="utf-8"))
    assert facts["rfm.customers"]["value"] == orders["who"].nunique()
    published = "".join(file.read_text(encoding="utf-8") for file in (results / "files" / "data").glob("*.csv"))
    if name == "one":
        assert "987.65" not in published + json.dumps(facts) + page
