"""Files scored from beginning to end, with models made by hand for a small source."""

import csv
from datetime import date, datetime

import pandas as pd
import pytest

from patrons import build, rfm, rfm_map, scoring_inputs, scoring_run, scoring_store
from patrons.errors import PatronsError
from patrons.lifetime import Fit
from patrons.lifetime_worth import Outlook
from patrons.scoring_models import Lifetime, Models, RfmEdges
from patrons.shop import Shop

TEXT = """name: Small
currency: GBP
tables:
  transactions:
    file: a.csv
    columns: {customer_id: Kunde, order_id: Order, ordered_at: When, amount: Sum}
    set_aside: [{column: amount, at_most: 0, reason: return}]
  customers:
    file: people.csv
    columns: {customer_id: ID, income: Income, gender: Sex}
    set_aside: [{column: income, at_least: 9000, reason: implausible income}]
    scale: {income: 1000}
analysis:
  cleaning: {outliers: {income: {rule: none}}}
"""
HEADING = "Order,Kunde,When,Sum\n"
ROWS = [f"{n},{n % 30},2020-{1 + n % 12:02}-{1 + n % 28:02},{5 + n % 7}" for n in range(150)]
ORDERS = HEADING + "\n".join(ROWS) + "\n"
PEOPLE = "ID,Income,Sex\n" + "".join(f"{n},{20 + n},{'fm'[n % 2]}\n" for n in range(30))


@pytest.fixture(scope="module")
def shop(root, tmp_path_factory):
    home, own = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("own")
    (home / "data").mkdir()
    (home / "data" / "segments.yml").write_bytes((root / "data" / "segments.yml").read_bytes())
    for name, content in (("source.yml", TEXT), ("a.csv", ORDERS), ("people.csv", PEOPLE)):
        (own / name).write_text(content, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATRONS_HOME", str(home))
        yield with_models(Shop(build.build(own / "source.yml").source))


def with_models(shop):
    """Save models made by hand for a shop."""
    customers = shop.customer_features
    edges = {name: tuple(rfm.cuts(rfm.turned(customers, name), 5).tolist()) for name in rfm.MEASURES}
    buying = Fit("bgnbd", pd.Series({"r": 0.24, "alpha": 4.4, "a": 0.8, "b": 2.4}), pd.DataFrame(), 0.0, 9, True, 0)
    models = Models(
        name="Small",
        currency="GBP",
        ahead=Outlook(52, 0.001, "week"),
        rfm=RfmEdges(5, edges, False, rfm_map.read_segments()),
        groups=None,
        lifetimes=(Lifetime(date(2020, 12, 31), buying, None),),
        chances={},
        actions=None,
        ranges={"income": (20_000.0, 49_000.0)},
    )
    scoring_store.save(models, shop.source)
    return shop


@pytest.fixture
def scored(shop, tmp_path):
    def run(content, name="new.csv", size=scoring_run.CHUNK, out=None, moment=None):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        said = []
        done = scoring_run.run(shop, file, out and tmp_path / out, moment, said.append, size)
        table = (
            pd.read_parquet(done.target)
            if done.target.suffix == ".parquet"
            else pd.read_csv(
                done.target,
                dtype={"customer_id": str},
                keep_default_na=False,
                na_values=[""],
                float_precision="round_trip",
            )
        )
        return table, done, " | ".join([*said, *done.told])

    return run


def test_the_sources_own_orders_give_its_own_segments(shop, scored):
    own = rfm.score(shop.customer_features).customers.set_index("customer_id")
    table, done, said = scored(ORDERS)
    assert done.rows == len(own) == 30
    assert table["customer_id"].tolist() == list(dict.fromkeys(row.split(",")[1] for row in ROWS))
    assert table["segment"].tolist() == own.loc[table["customer_id"], "segment"].astype(str).tolist()
    assert table["expected_purchases"].notna().all()
    assert "150 lines read: 150 of 30 customers, 0 set aside" in said
    assert table["notes"].isna().all() and done.left is None


def test_ids_give_the_same_as_orders(scored):
    by_orders, _, _ = scored(ORDERS)
    by_id, _, _ = scored("Kunde\n" + "\n".join(by_orders["customer_id"]) + "\n")
    assert by_id.drop(columns="row").equals(by_orders.drop(columns="row"))


def test_chunks_and_form_do_not_change_the_numbers(scored):
    whole, _, _ = scored(ORDERS)
    parts, _, _ = scored(ORDERS, size=7)
    parquet, _, _ = scored(ORDERS, out="scores.parquet")
    # A processor adds numbers that stand together in another way than single ones: their last digits may differ.
    pd.testing.assert_frame_equal(parts, whole, rtol=1e-12)
    assert parquet["expected_purchases"].tolist() == whole["expected_purchases"].tolist()
    assert parquet["segment"].tolist() == whole["segment"].tolist()


def test_lines_that_do_not_count_are_kept_with_their_reason(scored):
    lines = [
        "900,77,2020-05-05,9",
        "901,78,2020-05-05,-3",
        "902,,2020-05-05,9",
        "900,77,2020-05-05,9",
        "903,79,2031-01-01,4",
    ]
    table, done, said = scored(HEADING + "\n".join(lines) + "\n")
    assert table["customer_id"].tolist() == ["77"]
    left = list(csv.DictReader(done.left.open(encoding="utf-8")))
    assert [(row["row"], row["reason"]) for row in left] == [
        ("2", "return"),
        ("3", "no customer"),
        ("4", "duplicate"),
        ("5", "after the reference date"),
    ]
    assert left[0]["Sum"] == "-3" and "5 lines read: 1 of 1 customers, 4 set aside" in said


def test_a_known_customers_other_orders_are_spoken_of(scored):
    table, _, _ = scored(HEADING + "900,7,2020-12-05,9\n")
    assert table["notes"].tolist() == [
        "the source has 5 orders of this customer, this file 1: only those of the file count"
    ]


def test_every_row_in_is_a_row_out_whatever_is_in_it(scored):
    rows = [
        '"=HYPERLINK(""x"")",20,f',
        "<script>alert(1)</script>,20,f",
        "3,abc,m",
        "3,21,f",
        ",22,m",
        "\u202egnp,23,🙂",
        "4,4400,m",
    ]
    table, done, _ = scored("ID,Income,Sex\n" + "\n".join(rows) + "\n")
    assert done.rows == len(table) == len(rows) and table["row"].tolist() == [*range(1, 8)]
    raw = (done.target).read_text(encoding="utf-8")
    assert "\"'=HYPERLINK" in raw and '\n"=' not in raw and ",=" not in raw
    notes = table["notes"].fillna("").tolist()
    assert notes[2] == "customer '3' stands in 2 rows; Income 'abc' must be a number; the value is left out"
    assert "customer '3' stands in 2 rows" in notes[3] and "no customer_id" in notes[4]
    assert "income 4,400,000 is far above" in notes[6]
    assert table["segment"].notna().tolist() == [False, False, True, True, False, False, True]


def test_values_for_which_the_source_sets_rows_aside_are_left_out(scored):
    table, _, _ = scored("ID,Income,Sex\n5,9999,f\n6,30,m\n")
    assert table["notes"].fillna("").tolist() == ["implausible income: the value of income is left out", ""]


def test_an_unknown_id_says_so(scored):
    table, _, _ = scored("customer_id\n5\nnobody\n5\n")
    assert table["segment"].notna().tolist() == [True, False, True]
    assert table["notes"][1].startswith("unknown customer: the source does not have this id")
    assert table["notes"][0] == "customer '5' stands in 2 rows"


def test_features_by_our_names(scored):
    table, _, said = scored("customer_id,recency,frequency,monetary,shoe_size\nnew,3,9,400,44\n", name="f.csv")
    assert table["segment"].tolist() == ["champions"] and "not used: shoe_size" in said
    assert table["notes"].tolist() == ["not known: x, t_x, T; therefore no lifetime"]


def test_an_earlier_day_of_reference(scored):
    table, _, said = scored(ORDERS, moment=datetime(2020, 6, 30))
    assert "as of 2020-06-30" in said and "after the reference date" in said
    assert len(table) == 30


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        ("", "new.csv", "is empty"),
        ("Kunde,When\n1,2020-01-01\n", "new.csv", "lines of orders, but not their money: it lacks 'Sum'"),
        ("a,b\n1,2\n", "new.csv", "holds nothing to score: its columns are a, b"),
        ("Incme,Sex\n1,f\n", "new.csv", "does not say whose rows these are"),
        ("ID,Income\nJos\u00e9,5\n".encode("cp1252"), "new.csv", "not written in utf-8.*encoding"),
        ("ID,Income\n1,a\n2,b\n3,c\n", "new.csv", "row 1, column 'Income': 'a' is not a number"),
        ("x", "new.docx", "cannot tell what kind of file"),
        (HEADING, "new.csv", "the file has a heading only"),
        (HEADING + "1,2,never,5\n", "new.csv", "'never' is not a date"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_words_and_leaves_nothing(scored, tmp_path, content, name, said):
    with pytest.raises(PatronsError, match=said):
        scored(content, name=name)
    assert not list(tmp_path.glob("*scored*"))


def test_the_file_itself_is_not_overwritten(shop, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("Kunde\n1\n")
    with pytest.raises(PatronsError, match="is the file to be scored"):
        scoring_run.run(shop, file, file, None, print)
    with pytest.raises(PatronsError, match=r"written as \.csv or \.parquet"):
        scoring_run.run(shop, file, tmp_path / "b.xlsx", None, print)


def test_a_sum_with_a_missing_part_is_no_sum(source_of):
    text = (
        "name: S\ntables:\n  customers:\n    file: a.csv\n    columns: {customer_id: ID}\n"
        "    spend: {wine: Wine, fish: Fish}\n"
    )
    source = source_of(text, new__csv="ID,Wine\n1,2\n")
    found = scoring_inputs.recognise(source.path.parent / "new.csv", source, [])
    assert found.kind == "ids" or not found.table.spend
