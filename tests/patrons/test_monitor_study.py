"""A study of one source: R agrees, words and facts follow, nothing of few is shown, and quiet worlds stay quiet."""

import numpy as np
import pandas as pd
import pytest

import patrons
from patrons import drift, monitor_double, monitor_study, r, simulate, world_truth
from patrons import record_monitoring as record
from patrons import tables_monitoring as shown
from patrons import words_monitoring as words
from patrons.facts import Facts
from patrons.stop import ChapterStop

pytestmark = pytest.mark.slow
SHOP = """
name: Shop <b>
currency: GBP
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: who, order_id: order, ordered_at: at, amount: paid, channel: channel}
"""
#: What the simulated world's offers change on purpose: what is paid, and how often.
OFFERED = {"discount", "price", "order_value", "orders", "spend", "segment"}


def orders(n=600, days=1_100, seed=2):
    """Draw customers who join throughout; half of them leave. In the last quarter prices double."""
    rng = np.random.default_rng(seed)
    joined, rate = rng.integers(0, days - 30, n), rng.gamma(2.0, 0.01, n)
    gone = np.where(rng.random(n) < 0.5, joined + rng.integers(60, days, n), days).clip(max=days)
    who = np.repeat(np.arange(n), 1 + rng.poisson(rate * (gone - joined)))
    day = (joined[who] + rng.random(len(who)) * (gone - joined)[who]).astype(int)
    table = pd.DataFrame({"who": who, "day": day}).sort_values("day", kind="stable")
    table["order"], table["paid"] = range(len(table)), rng.lognormal(3, 0.5, len(table)).round(2)
    table["channel"] = rng.choice(["a|b", "<script>", "=*c*"], len(table), p=[0.6, 0.38, 0.02])
    late = table["day"] >= days - 91
    table.loc[late, "paid"] = (table.loc[late, "paid"] * 2).round(2)
    table["at"] = (pd.Timestamp("2021-01-01") + pd.to_timedelta(table["day"], unit="D")).dt.strftime("%Y-%m-%d")
    return table.drop(columns="day")


def opened(folder, table, root, text=SHOP):
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "data" / "segments.yml").write_text((root / "data" / "segments.yml").read_text())
    (folder / "own").mkdir(exist_ok=True)
    table.to_csv(folder / "own" / "orders.csv", index=False)
    (folder / "own" / "source.yml").write_text(text)
    return patrons.open(folder / "own" / "source.yml")


@pytest.fixture(scope="module")
def seen(tmp_path_factory, root):
    folder = tmp_path_factory.mktemp("monitor")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATRONS_HOME", str(folder))
        shop = opened(folder, orders(), root)
        found = monitor_study.study(shop)
        record.study(shop.facts, found)
        yield shop, found


def test_doubled_prices_are_found_and_quarters_before_were_quiet(seen):
    _, found = seen
    assert {"order_value", "spend"} <= set(found.reasons["measures"])
    assert found.refit
    assert found.past["end"].nunique() >= 2
    assert not found.past.loc[found.past["measure"].isin(["order_value", "spend"]), "moved"].any()


def test_python_and_r_agree(seen, root):
    _, found = seen
    r.use("tests_monitoring", root=root)
    assert monitor_double.measures(found.drift, r.call).holds
    assert found.performance is None or monitor_double.performance(found.performance, r.call).holds


def test_words_follow_the_numbers_and_names_are_escaped(seen):
    shop, found = seen
    facts = shop.facts
    said = [words.sentences(facts, found), words.like(facts, found), words.rule(facts), words.measures(facts, found)]
    said += [words.bins(found, ["channel", "spend"]), words.centres(facts, found), words.moves(facts, found)]
    said += [words.past(facts, found), words.to_do(facts, found), words.for_summary(facts), words.number(facts).data]
    for text in said:
        assert text
        assert "<script>" not in text
        assert "nan" not in text.lower().replace("finance", "")
    assert "**Refit.**" in said[0]
    assert words.for_summary(Facts()) == ""


def test_what_is_shown_has_no_few_customers(seen):
    _, found = seen
    bins = drift.public(drift.bin_table(found.drift.pairs, found.drift.bins), found.smallest)
    counts = bins[["reference", "current"]]
    assert not ((counts > 0) & (counts < found.smallest)).any().any()
    turns = record.shown_turns(found)
    assert not turns["turned"].between(1, found.smallest - 1).any()
    for frame in (shown.measures(found.drift.moved.measures), shown.bins(bins), shown.turns(turns)):
        assert len(frame)


def test_the_same_source_gives_the_same_numbers(seen):
    shop, found = seen
    again = monitor_study.study(patrons.open(shop.source.path))
    pd.testing.assert_frame_equal(found.drift.moved.measures, again.drift.moved.measures)
    pd.testing.assert_frame_equal(found.past, again.past)


def test_too_little_is_refused_in_words(home, root):
    with pytest.raises(ChapterStop, match="days of orders"):
        monitor_study.study(opened(home, orders().tail(40), root))


def test_simulated_worlds_move_only_where_something_was_planted(tmp_path, root, monkeypatch):
    monkeypatch.setattr(world_truth, "REFERENCE", 2_000)
    alarms, quarters, planted = 0, 0, 0
    for seed in (3, 4, 5):
        folder = tmp_path / str(seed)
        monkeypatch.setenv("PATRONS_HOME", str(folder))
        simulate.write(simulate.Parameters(2_000, 10_000, seed), folder / "own" / "raw")
        (folder / "data").mkdir()
        (folder / "data" / "segments.yml").write_text((root / "data" / "segments.yml").read_text())
        (folder / "own" / "source.yml").write_text((root / "data" / "source.yml").read_text())
        found = monitor_study.study(patrons.open(folder / "own" / "source.yml"))
        planted += "discount" in found.drift.alarms
        quiet = found.past[~found.past["measure"].isin(OFFERED)]
        alarms += int(quiet.groupby("end")["moved"].any().sum())
        quarters += quiet["end"].nunique()
    assert planted == 3, "the test of the last half-year gave discounts"
    assert quarters >= 24
    assert alarms <= 5  # 30 quarters at 5 % give 1.5; six or more would come once in two hundred times
