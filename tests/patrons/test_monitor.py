"""`python -m patrons monitor`: exit codes, words and JSON, on sources that drift and on those that do not."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from patrons import monitor_windows
from patrons.cli import main
from patrons.monitor_windows import JOINED, Window

SHOP = """
name: Shop
currency: GBP
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: who, order_id: order, ordered_at: at, quantity: pieces, amount: paid, channel: channel}
"""
PEOPLE = "name: P\ntables:\n  customers: {file: p.csv, columns: {customer_id: who, age: age, gender: sex}}\n"


def orders(seed, n=300, price=1.0, web=0.5, silent=0.0, start="2022-01-01", days=400):
    """Draw a shop's orders; a share of the most frequent customers may have fallen silent in its last quarter."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(2.0, 4.0, n)
    who = np.repeat(np.arange(n), 1 + rng.poisson(rate))
    table = pd.DataFrame({"who": [f"{seed}-{one}" for one in who], "day": rng.integers(0, days, len(who))})
    gone = np.isin(who, np.argsort(-rate)[: int(silent * n)])
    table = table[~(gone & (table["day"] >= days - 91))].sort_values("day")
    table["order"], table["pieces"] = range(len(table)), 1 + rng.poisson(1, len(table))
    table["paid"] = (table["pieces"] * 10 * price * np.exp(0.3 * rng.normal(size=len(table)))).round(2)
    table["channel"] = np.where(rng.random(len(table)) < web, "=web", "<shop>")
    table["at"] = (pd.Timestamp(start) + pd.to_timedelta(table["day"], unit="D")).dt.strftime("%Y-%m-%d")
    return table.drop(columns="day")


def source(folder: Path, table: pd.DataFrame, text: str = SHOP, file: str = "orders.csv") -> str:
    folder.mkdir(parents=True)
    table.to_csv(folder / file, index=False)
    (folder / "source.yml").write_text(text)
    return str(folder / "source.yml")


@pytest.fixture
def pages(home, root):
    (home / "data").mkdir()
    (home / "data" / "segments.yml").write_text((root / "data" / "segments.yml").read_text())
    return home


def monitor(capsys, *arguments):
    code = main(["monitor", *arguments])
    return code, capsys.readouterr()


@pytest.mark.slow
def test_a_source_has_not_drifted_from_itself_nor_from_another_draw(pages, capsys):
    first = source(pages / "a", orders(1))
    code, said = monitor(capsys, "--reference", first, "--current", first)
    assert code == 0
    assert "No need to refit" in said.out
    other = source(pages / "b", orders(2, start="2023-01-01"))
    assert monitor(capsys, "--reference", first, "--current", other)[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "measure"), [({"price": 1.25}, "price"), ({"web": 0.25}, "channel"), ({"silent": 0.25}, "days_silent")]
)
def test_a_shifted_price_a_changed_mix_and_a_lost_segment_are_found(pages, capsys, change, measure):
    first = source(pages / "a", orders(1))
    other = source(pages / "b", orders(2, start="2023-01-01", **change))
    code, said = monitor(capsys, "--reference", first, "--current", other, "--json")
    found = json.loads(said.out)
    assert code == 3
    assert found["verdict"] == "refit"
    assert measure in found["reasons"]["measures"]
    assert found["reference"]["name"] == "Shop"
    shown = pd.DataFrame(found["bins"])
    assert not shown["current"].between(1, 4).any()
    assert "customer_id" not in said.out


@pytest.mark.slow
def test_one_source_is_compared_with_its_own_past(pages, capsys):
    both = pd.concat([orders(1, days=600), orders(2, 150, price=1.6, start="2023-05-25", days=91)])
    code, said = monitor(capsys, "--source", source(pages / "a", both.assign(order=range(len(both)))))
    assert code == 3
    assert "Price of a piece" in said.out


@pytest.mark.slow
def test_tables_of_customers_are_compared_too(pages, capsys):
    rng = np.random.default_rng(1)
    people = pd.DataFrame({"who": range(300), "age": rng.integers(20, 70, 300), "sex": rng.choice(["f", "m"], 300)})
    first = source(pages / "a", people, PEOPLE, "p.csv")
    older = source(pages / "b", people.assign(age=people["age"] + 10), PEOPLE, "p.csv")
    assert monitor(capsys, "--reference", first, "--current", first)[0] == 0
    code, said = monitor(capsys, "--reference", first, "--current", older)
    assert code == 3
    assert "age" in said.out.splitlines()[-1]


def test_what_cannot_be_compared_says_what_is_missing(pages, capsys):
    people = pd.DataFrame({"who": range(60), "age": range(20, 80), "sex": "f"})
    code, said = monitor(capsys, "--source", source(pages / "a", people, PEOPLE, "p.csv"))
    assert code == 1
    assert "Monitoring needs a table `transactions`" in said.err
    few = source(pages / "b", people.head(20), PEOPLE, "p.csv")
    code, said = monitor(capsys, "--reference", few, "--current", few)
    assert code == 1
    assert "At least 50 customers" in said.err


@pytest.mark.parametrize(
    "arguments", [["--reference", "a.yml"], ["--reference", "a", "--current", "b", "--source", "c"]]
)
def test_wrong_usage_is_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["monitor", *arguments])
    assert caught.value.code == 2


def test_windows_are_a_year_apart_and_go_back_by_quarters():
    day = pd.Timestamp("2024-01-01 21:04").to_pydatetime()
    found = monitor_windows.windows(pd.Timestamp("2022-01-01").to_pydatetime(), day)
    assert [one.current.days for one in found] == [91] * len(found)
    assert len(found) == 4
    for one in found:
        assert (one.current.start - one.reference.start).days == 364
        assert one.current.start.weekday() == one.reference.start.weekday()
    assert found[0].current.last == pd.Timestamp("2023-12-31")
    short = monitor_windows.windows(pd.Timestamp("2023-10-01").to_pydatetime(), day)
    assert [(one.current.days, one.same_season) for one in short] == [(46, False)]
    assert monitor_windows.windows(pd.Timestamp("2023-12-01").to_pydatetime(), day) == []


def test_the_same_months_count_in_both_years():
    for last in pd.date_range("2023-12-01", "2024-02-28"):
        end = last.to_pydatetime()
        current = Window((last - pd.Timedelta(days=91)).to_pydatetime(), end)
        months = [one.month for one in current.months]
        assert months == [one.month for one in current.back(364).months]
        assert len(months) in (2, 3)


def test_customers_of_as_many_years_are_compared():
    then = pd.DataFrame({"x": np.arange(100.0), "years": ["0"] * 60 + [JOINED] * 40})
    now = pd.DataFrame({"x": np.arange(50.0), "years": ["0"] * 20 + [JOINED] * 25 + ["1"] * 5})
    pairs, like = monitor_windows.matched(then, now)
    assert like
    assert len(pairs.current) == 45
    assert pairs.weights[:60].sum() / pairs.weights.sum() == pytest.approx(20 / 45)
    pairs, like = monitor_windows.matched(then, now.assign(years="7"))
    assert not like
    assert len(pairs.current) == 50
