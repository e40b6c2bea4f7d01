"""No book names a customer, or tells about fewer of them than may be shown: neither ours nor a hostile shop's."""

import csv
import json
from pathlib import Path

import disclosed
import hostile
import pandas as pd
import pytest
import typst

from patrons.paths import default_source
from patrons.source import load

built = [pytest.mark.slow, pytest.mark.browser]
BOOKS = ["book", "hostile_book"]

#: Files in which groups add up to a whole that the book tells: the column that counts, within what, and the whole: a
#: fact's value or ``n``, or a column of another file by the same keys.
WHOLES = [
    ("fig-rfm-shares", "customers", [], "rfm.customers"),
    ("tbl-rfm-segments", "customers", [], "rfm.customers"),
    ("tbl-rfm-firmness", "customers", [], "rfm.customers"),
    ("fig-rfm-ranks", "customers", [], "rfm.customers"),
    ("fig-rfm-grid", "customers", [], "rfm.customers"),
    ("tbl-rfm-edges", "recency_customers", [], "rfm.customers"),
    ("tbl-rfm-edges", "frequency_customers", [], "rfm.customers"),
    ("tbl-rfm-edges", "monetary_customers", [], "rfm.customers"),
    ("fig-rfm-later", "customers", [], "rfm.back.customers"),
    ("fig-segments-shares", "customers", [], "segments.k"),
    ("tbl-segments-groups", "customers", [], "segments.k"),
    ("fig-segments-later", "n", ["outcome"], "tbl-segments-later"),
    ("fig-lifetime-history", "customers", [], "rfm.customers"),
    ("fig-lifetime-value", "customers", [], "rfm.customers"),
    ("fig-explore-amounts", "customers", ["measure"], "tbl-explore-measures"),
    ("fig-explore-times", "customers", ["measure"], "tbl-explore-measures"),
    ("tbl-test-split", "n", [], "experiment.srm.p"),
    ("fig-test-within", "n", ["division", "arm"], "tbl-test-split"),
]
ALL = ("all", "All customers")


@pytest.fixture
def made(request: pytest.FixtureRequest) -> Path:
    """One of the books."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def smallest() -> int:
    """What both sources take for the smallest group."""
    found = load(default_source(), default_source()).settings.analysis.privacy.smallest_group
    assert found == hostile.SMALLEST
    return found


# The books --------------------------------------------------------------------------------------------------------


class TestBooks:
    """What was built."""

    pytestmark = built

    def test_no_customer_of_any_table_is_named(self, root: Path, book: Path) -> None:
        ids: set[str] = set()
        for table in ("transactions", "customers", "experiment", "engagement"):
            with (root / "data" / "raw" / f"{table}.csv").open(encoding="utf-8") as handle:
                ids |= {row["customer_id"].strip() for row in csv.DictReader(handle)} - {""}
        assert len(ids) > 2000
        assert disclosed.named(disclosed.texts(book), ids) == []

    def test_nobody_of_a_shop_with_telling_ids_can_be_found(self, hostile_book: Path) -> None:
        texts = list(disclosed.texts(hostile_book))
        assert {Path(name.split(",")[0]).suffix for name, _ in texts} >= {".html", ".pdf", ".json", ".csv", ".js"}
        assert disclosed.matching(texts, hostile.CUSTOMER) == []
        assert disclosed.matching(texts, hostile.SECRET_WRITTEN) == []

    @pytest.mark.parametrize("made", BOOKS, indirect=True)
    def test_no_fact_is_about_too_few(self, made: Path, smallest: int) -> None:
        assert disclosed.few_in_facts(disclosed.read_facts(made), smallest) == []

    @pytest.mark.parametrize("made", BOOKS, indirect=True)
    def test_no_cell_of_a_file_counts_too_few(self, made: Path, smallest: int) -> None:
        files = sorted(made.rglob("*.csv"))
        assert len(files) > 50
        assert disclosed.few_in_tables(files, smallest) == []

    @pytest.mark.parametrize("made", BOOKS, indirect=True)
    def test_no_cell_of_a_page_counts_too_few(self, made: Path, smallest: int) -> None:
        assert disclosed.few_on_pages(sorted(made.rglob("*.html")), smallest) == []

    @pytest.mark.parametrize("made", BOOKS, indirect=True)
    def test_nobody_follows_from_a_whole_less_what_is_shown(self, made: Path, smallest: int) -> None:
        facts, told, looked_at = disclosed.read_facts(made), [], 0
        for name, column, by, whole in WHOLES:
            if not (file := made / "data" / f"{name}.csv").exists():
                continue
            table = pd.read_csv(file)
            table = table[~table.isin(ALL).any(axis=1)]
            told += [f"{name}: {words}" for words in disclosed.subtracted(
                table, column, by, totals(made, facts, whole, by), smallest)]  # fmt: skip
            looked_at += 1
        assert looked_at > 12
        assert told == []

    @pytest.mark.parametrize("made", BOOKS, indirect=True)
    def test_nobody_follows_from_where_customers_went(self, made: Path, smallest: int) -> None:
        moves = pd.read_csv(made / "data" / "fig-rfm-moves.csv").dropna(subset=["total"])
        wholes = moves.groupby("then")["total"].first()
        assert disclosed.subtracted(moves, "customers", ["then"], wholes, smallest) == []
        now = pd.read_csv(made / "data" / "fig-rfm-shares.csv").set_index("segment")["customers"].dropna()
        arrived = moves[moves["now"].isin(now.index)]
        if moves["then"].nunique() == pd.read_csv(made / "data" / "fig-rfm-moves.csv")["then"].nunique():
            assert disclosed.subtracted(arrived, "customers", ["now"], now, smallest) == []

    @pytest.mark.parametrize("made", BOOKS, indirect=True)
    def test_nobody_follows_from_the_sizes_of_cohorts(self, made: Path, smallest: int) -> None:
        facts = disclosed.read_facts(made)
        sizes = [fact["value"] for name, fact in facts.items()
                 if name.startswith("retention.cohort.") and name.endswith(".0")]  # fmt: skip
        rest = facts["data.customers"]["value"] - sum(size for size in sizes if size is not None)
        assert len(sizes) > 20
        assert rest == 0 or rest >= smallest


def totals(book: Path, facts: dict[str, dict], whole: str, by: list[str]) -> pd.Series | int:
    """Return what groups add up to."""
    if whole in facts:
        fact = facts[whole]
        return int(fact["value"] if fact["unit"] in disclosed.UNITS else fact["n"])
    table = pd.read_csv(book / "data" / f"{whole}.csv")
    if whole != "tbl-test-split":
        return table.set_index(by)["n"]
    within = pd.read_csv(book / "data" / "fig-test-within.csv")
    own = table.set_index("arm")["n"]
    return within.groupby(["division", "arm"])["arm"].first().map(own)


# The tests of these tests -----------------------------------------------------------------------------------------


def test_ids_are_found_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p title='&#67;0000007'>C0000001, xC0000002x</p>", encoding="utf-8")
    (tmp_path / "facts.json").write_text(json.dumps({"a": "C0000003"}), encoding="utf-8")
    hidden = "data:application/json;base64,eyJhIjogIkMwMDAwMDA0In0="
    (tmp_path / "site.js").write_text(f"fetch('{hidden}')", encoding="utf-8")
    (tmp_path / "book.pdf").write_bytes(typst.compile(b"Customer C0000005"))
    (tmp_path / "picture.png").write_bytes(b"C0000006")
    ids = {f"C000000{number}" for number in range(1, 9)}
    found = disclosed.named(disclosed.texts(tmp_path), ids)
    assert {words.split(": ")[1] for words in found} == {"C0000001", "C0000003", "C0000004", "C0000005", "C0000007"}
    assert disclosed.matching([("a", "…/ZQ0012XK.html")], hostile.CUSTOMER) == ["a: ZQ0012XK"]
    for text in ("€7,351.94", "7351.94", "7.351,94", "€7,352"):
        assert disclosed.matching([("a", text)], hostile.SECRET_WRITTEN)


def test_facts_about_few_are_found() -> None:
    fact = {"value": 0.5, "unit": "share", "n": None}
    facts = {
        "rfm.customers": fact | {"value": 3, "unit": "customers"},
        "rfm.segment.new.customers": fact | {"value": 3, "unit": "customers"},
        "rfm.segment.new.recency": fact | {"n": 4},
        "rfm.segment.lost.recency": fact | {"n": 5},
        "retention.cohort.2020-01.2": fact | {"value": 0, "unit": "customers"},
        "campaigns.roi": fact | {"n": 2},
    }
    assert disclosed.few_in_facts(facts, 5) == [
        "rfm.segment.new.customers = 3 customers",
        "rfm.segment.new.recency: n = 4",
    ]


def test_cells_about_few_are_found(tmp_path: Path) -> None:
    file = tmp_path / "fig-a-b.csv"
    file.write_text("name,customers,share,visitors\na,3,0.5,7\nb,,0.25,9\nc,0,0.25,2\n", encoding="utf-8")
    few, unknown = disclosed.few_in_tables([file], 5)
    assert few == "fig-a-b.csv: customers = 3"
    assert "what does 'visitors' count?" in unknown
    page = tmp_path / "page.html"
    head = "<tr><th rowspan=2>Score</th><th colspan=2>Days</th></tr><tr><th>Range</th><th>Customers</th></tr>"
    page.write_text(
        f"<table>{head}<tr><td>2</td><td>1</td><td>1,002</td></tr><tr><td>1</td><td>2</td><td>4</td></tr></table>"
    )
    assert disclosed.few_on_pages([page], 5) == ["page.html, table 1: customers = 4"]


@pytest.mark.parametrize(
    ("shown", "told"),
    [([50, None, 30], 1), ([None, None, 30], 0), ([50, 3, 30], 0), ([None, 3, 30], 0), ([99, 3, 30], 1)],
)
def test_what_a_total_gives_away_is_found(shown: list[int | None], told: int) -> None:
    table = pd.DataFrame({"customers": shown})
    assert len(disclosed.subtracted(table, "customers", [], 83, 5)) == told
    assert len(disclosed.subtracted(table.assign(by="x"), "customers", ["by"], pd.Series({"x": 83}), 5)) == told
