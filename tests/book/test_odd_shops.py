"""Shops in which scores collapse still give whole chapters, with a warning on the page."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

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


def execute(root: Path, source: Path, freeze: Path) -> Path:
    """Execute the chapter for a source; return where its results are."""
    command = [sys.executable, "-m", "bindery", "execute", "--freeze-dir", str(freeze), "chapters/rfm.qmd"]
    environment = {**os.environ, "PATRONS_SOURCE": str(source)}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "ended early" not in done.stderr
    return freeze / "chapters" / "rfm"


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
    try:
        results = execute(root, source, tmp_path / "freeze")
    finally:
        key = load(source, paths.default_source()).key
        shutil.rmtree(paths.built(key), ignore_errors=True)
        for file in (paths.rejected(key), paths.problems(key)):
            file.unlink(missing_ok=True)
    page = json.loads((results / "execute-results" / "html.json").read_text(encoding="utf-8"))["result"]["markdown"]
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
