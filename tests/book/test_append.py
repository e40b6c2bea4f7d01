"""New data arrive as another file: what does not depend on it stays as it is, to the byte; the rest is executed again.

A small book of its own stands in a temporary folder, with this checkout's code and a source of its own, and is built by
the commands that `make book` uses.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

pytestmark = pytest.mark.slow

CUSTOMERS = 300
ON_ORDERS = ["chapters/data.qmd", "chapters/explore.qmd", "chapters/rfm.qmd"]
ON_TEST = "chapters/discount-test.qmd"
#: Depends on all the others.
SUMMARY = "index.qmd"
SOURCE = """
name: Corner shop
currency: GBP
reference_date: 2022-07-01
tables:
  transactions:
    file: orders-*.csv
    columns: {customer_id: who, order_id: order, ordered_at: day, category: shelf, amount: paid}
  experiment:
    file: test.csv
    columns: {customer_id: who, arm: arm}
    control: none
    outcomes: {spend: money, bought: binary}
"""


def orders(first: str, last: str, seed: int) -> pd.DataFrame:
    """Draw orders of some months."""
    rng = np.random.default_rng(seed)
    days = pd.date_range(first, last)
    lines = 5 * len(days)
    found = pd.DataFrame(
        {
            "who": [f"c{number:03d}" for number in rng.integers(0, CUSTOMERS, lines)],
            "order": [f"{seed}-{number}" for number in range(lines)],
            "day": rng.choice(days.strftime("%Y-%m-%d"), lines),
            "shelf": rng.choice(["Tea", "Bread", "Fruit"], lines, p=[0.5, 0.3, 0.2]),
            "paid": rng.gamma(2, 10, lines).round(2),
        }
    )
    return found.sort_values(["day", "order"])


def people() -> pd.DataFrame:
    """Draw a test with two arms."""
    rng = np.random.default_rng(7)
    arm = np.resize(["none", "discount"], CUSTOMERS)
    spend = np.where(rng.random(CUSTOMERS) < 0.5, rng.gamma(2, 10, CUSTOMERS), 0).round(2)
    who = [f"c{number:03d}" for number in range(CUSTOMERS)]
    return pd.DataFrame({"who": who, "arm": arm, "spend": spend, "bought": (spend > 0).astype(int)})


@dataclass(frozen=True)
class Book:
    """A book in a folder, with its data beside it."""

    root: Path
    data: Path

    @property
    def freeze(self) -> Path:
        """Where results of execution are kept."""
        return self.root / "freeze"

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a module of this checkout's, as it stands in the book."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CHAPTER_")}
        environment |= {"PATRONS_SOURCE": str(self.data / "source.yml"), "PATRONS_HOME": str(self.root)}
        environment["PYTHONPATH"] = str(self.root / "python")
        return subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def build(self) -> str:
        """Build the tables; return what was said."""
        done = self.run("patrons", "build")
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def execute(self) -> None:
        """Execute what is stale."""
        done = self.run("bindery", "execute", "--freeze-dir", str(self.freeze))
        assert done.returncode == 0, done.stderr
        assert "ended early" not in done.stderr, done.stderr

    def states(self) -> dict[str, str]:
        """Return for each chapter whether it is fresh or stale."""
        done = self.run("bindery", "status", "--freeze-dir", str(self.freeze))
        assert done.returncode == 0, done.stderr
        chapters = (line.split() for line in done.stdout.splitlines() if not line.startswith(" "))
        return {words[0]: words[1] for words in chapters}

    def facts(self, chapter: str) -> dict[str, object]:
        """Return the values of a chapter's facts."""
        file = self.freeze / Path(chapter).with_suffix("") / "files" / "facts.json"
        return {name: fact["value"] for name, fact in json.loads(file.read_text(encoding="utf-8")).items()}

    def frozen(self) -> dict[str, bytes]:
        """Return every file of the freeze."""
        return {
            file.relative_to(self.freeze).as_posix(): file.read_bytes()
            for file in sorted(self.freeze.rglob("*"))
            if file.is_file()
        }


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """A book of five chapters, executed once from one file of orders."""
    home, data = tmp_path_factory.mktemp("book"), tmp_path_factory.mktemp("shop")
    for folder in ("python", "R", "assets"):
        shutil.copytree(root / folder, home / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (home / "data").mkdir()
    (home / "chapters").mkdir()
    wanted = ["_environment", "requirements.txt", "renv.lock", "references.bib", "data/source.yml", "data/segments.yml"]
    for name in (*wanted, SUMMARY, *ON_ORDERS, ON_TEST):
        shutil.copy(root / name, home / name)
    summary = (home / SUMMARY).read_text(encoding="utf-8")  # it also waits for chapters that this book has not
    (home / SUMMARY).write_text(re.sub(r"(?m)^depends: .*$", "depends: all", summary), encoding="utf-8")
    yaml = YAML()
    config = yaml.load((root / "_quarto.yml").read_text(encoding="utf-8"))
    config["book"]["chapters"] = [SUMMARY, *ON_ORDERS, ON_TEST]
    config["book"].pop("appendices", None)
    with (home / "_quarto.yml").open("w", encoding="utf-8") as file:
        yaml.dump(config, file)
    (data / "source.yml").write_text(SOURCE, encoding="utf-8")
    orders("2022-01-01", "2022-03-31", 1).to_csv(data / "orders-1.csv", index=False)
    people().to_csv(data / "test.csv", index=False)
    book = Book(home, data)
    book.build()
    book.execute()
    return book


def test_only_what_new_orders_change_is_executed_again(built: Book) -> None:
    every = [SUMMARY, *ON_ORDERS, ON_TEST]
    assert built.states() == dict.fromkeys(every, "fresh")
    first, before = built.frozen(), built.facts("chapters/data.qmd")

    more = orders("2022-04-01", "2022-06-30", 2)
    more.to_csv(built.data / "orders-2.csv", index=False)
    assert "experiment" not in built.build()
    assert built.states() == dict.fromkeys([SUMMARY, *ON_ORDERS], "stale") | {ON_TEST: "fresh"}
    built.execute()
    assert built.states() == dict.fromkeys(every, "fresh")

    after, known = built.frozen(), pd.read_csv(built.data / "orders-1.csv")
    folder = str(Path(ON_TEST).with_suffix(""))
    kept = {name: content for name, content in first.items() if name.startswith(folder)}
    assert kept
    assert kept == {name: content for name, content in after.items() if name.startswith(folder)}
    results = "execute-results/html.json"
    changed = {name for name in first if name.endswith(results) and first[name] != after[name]}
    assert changed == {f"{Path(name).with_suffix('')}/{results}" for name in (SUMMARY, *ON_ORDERS)}

    whole, facts = pd.concat([known, more]), built.facts("chapters/data.qmd")
    assert before["data.rows_read"] == len(known)
    assert facts["data.rows_read"] == len(whole)
    assert facts["data.rows_read"] == facts["data.rows_kept"] + facts["data.rows_set_aside"]  # type: ignore[operator]
    assert facts["data.revenue"] == pytest.approx(whole["paid"].sum())
    assert facts["data.customers"] == whole["who"].nunique()
    assert str(facts["data.last_order"])[:10] == more["day"].max()
    assert built.facts("chapters/rfm.qmd")["rfm.frequency.mean"] == pytest.approx(len(whole) / whole["who"].nunique())

    built.execute()
    assert built.frozen() == after, "nothing was stale, and yet the freeze changed"

    (built.data / "orders-2.csv").unlink()
    built.build()
    built.execute()
    assert built.frozen() == first, "without the new file, the freeze is not what it was"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("who,order,day,shelf,price\nc001,x,2022-05-01,Tea,3\n", "there is no column 'paid'"),
        ("", "is empty"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(built: Book, content: str, said: str) -> None:
    added = built.data / "orders-other.csv"
    added.write_text(content, encoding="utf-8")
    try:
        done = built.run("patrons", "build")
        assert done.returncode == 1
        assert added.name in done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert set(built.states().values()) == {"fresh"}, "what was built before stays as it was"
    finally:
        added.unlink()
    assert "rows read" not in built.build(), "nothing was changed, and yet a table is built again"


def test_a_file_with_a_heading_alone_adds_nothing(built: Book) -> None:
    read = built.facts("chapters/data.qmd")["data.rows_read"]
    added = built.data / "orders-empty.csv"
    added.write_text("who,order,day,shelf,paid\n", encoding="utf-8")
    try:
        assert f"{read:,} rows read, {read:,} kept" in built.build()
        assert built.states()[ON_TEST] == "fresh"
    finally:
        added.unlink()
    built.build()
    assert set(built.states().values()) == {"fresh"}


def test_the_same_file_twice_is_set_aside_as_duplicates(built: Book) -> None:
    before = built.facts("chapters/data.qmd")
    added = built.data / "orders-again.csv"
    shutil.copy(built.data / "orders-1.csv", added)
    try:
        built.build()
        done = built.run("bindery", "execute", "--freeze-dir", str(built.freeze), "chapters/data.qmd")
        assert done.returncode == 0, done.stderr
        after = built.facts("chapters/data.qmd")
    finally:
        added.unlink()
    assert after["data.rows_read"] == 2 * before["data.rows_read"]  # type: ignore[operator]
    assert after["data.rows_kept"] == before["data.rows_kept"]
    assert after["data.set_aside.duplicate"] == before["data.rows_read"]
    assert after["data.revenue"] == before["data.revenue"]
