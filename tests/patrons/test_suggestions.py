"""Rules for what to suggest next: planted preferences are found, and none where there are none."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats

from patrons import r, suggestions
from patrons.experiment_tests import correct
from patrons.suggestions import POPULAR, REPEAT, RULES, SEGMENT, TOGETHER
from patrons.suggestions_data import History

SHARES = np.array([0.4, 0.25, 0.2, 0.1, 0.05])


def world(rng, own=np.inf, group=None, companion=False, customers=400, orders=8):
    """Draw what customers ordered, and what their next order holds.

    `own`: how alike tastes of customers are (concentration); `group`: shares of the second of two segments;
    `companion`: whoever bought the last item next buys the one before it, which nobody else does more than others.
    """
    codes = np.arange(customers) % 2
    base = np.where(codes[:, None] == 1, SHARES if group is None else np.array(group), SHARES)
    tastes = base if np.isinf(own) else np.array([rng.dirichlet(own * row) for row in base])
    counts = np.array([rng.multinomial(orders, taste) for taste in tastes]).astype(float)
    after = np.array([rng.multinomial(1, taste) for taste in tastes]) > 0
    together = np.zeros((5, 5))
    if companion:
        has = counts[:, 4] > 0
        after[has] = np.arange(5) == 3
        together[3, 4] = together[4, 3] = 300
    history = History(tuple("abcde"), pd.RangeIndex(customers), sparse.csr_array(counts), together)
    return history, codes, after


def judged(history, codes, after, most=1):
    rules = suggestions.learn(history, codes, 2)
    return pd.DataFrame(
        {
            rule: suggestions.hits(suggestions.suggest(rules, rule, history.counts, codes, most), after)
            for rule in (POPULAR, *RULES)
        }
    )


def compared(found, seed=0):
    return correct(suggestions.compare(found, np.random.default_rng(seed)))


def test_tastes_of_their_own_are_found():
    table = compared(judged(*world(np.random.default_rng(1), own=1.0)))
    assert suggestions.better(table) == [REPEAT]
    row = table.set_index("rule").loc[REPEAT]
    assert row["lift_low"] > 1
    assert row["gain_low"] > 0.05


def test_preferences_of_a_segment_are_found():
    table = compared(judged(*world(np.random.default_rng(2), group=[0.05, 0.1, 0.1, 0.25, 0.5])))
    assert SEGMENT in suggestions.better(table)
    assert table.set_index("rule").loc[SEGMENT, "lift"] > 1.15


def test_what_goes_with_what_they_bought_is_found():
    table = compared(judged(*world(np.random.default_rng(3), companion=True)))
    assert TOGETHER in suggestions.better(table)


@pytest.mark.slow
def test_where_nobody_differs_nothing_is_found():
    seeds = 300
    found = [suggestions.better(compared(judged(*world(np.random.default_rng(seed))))) for seed in range(seeds)]
    wrong = sum(bool(rules) for rules in found)
    assert wrong <= stats.binom.ppf(0.999, seeds, 0.05), f"{wrong} of {seeds} worlds"


@pytest.mark.slow
def test_intervals_hold_the_true_lift_as_often_as_they_say():
    rng = np.random.default_rng(5)
    inside, worlds = 0, 400
    for _ in range(worlds):
        base = rng.random(300) < 0.3
        own = np.where(rng.random(300) < 0.5, base, rng.random(300) < 0.5)  # hits 0.5 · 0.3 + 0.5 · 0.5 = 0.4
        row = suggestions.compare(pd.DataFrame({POPULAR: base, **dict.fromkeys(RULES, own)}), rng, 500).iloc[0]
        inside += row["lift_low"] <= 0.4 / 0.3 <= row["lift_high"]
    assert stats.binomtest(inside, worlds, 0.95).pvalue > 0.001, inside / worlds


@pytest.mark.parametrize("m", [1.0, 10.0, 100.0])
def test_concentration_is_recovered(m):
    rng = np.random.default_rng(int(m))
    counts = np.array([rng.multinomial(20, rng.dirichlet(m * SHARES)) for _ in range(2000)])
    assert suggestions.concentration(sparse.csr_array(counts.astype(float)), SHARES) == pytest.approx(m, rel=0.15)


def test_concentration_has_the_greatest_likelihood_by_scipy():
    rng = np.random.default_rng(8)
    counts = np.array([rng.multinomial(9, rng.dirichlet(6 * SHARES)) for _ in range(300)])
    m = suggestions.concentration(sparse.csr_array(counts.astype(float)), SHARES)

    def likelihood(value):
        return stats.dirichlet_multinomial.logpmf(counts, value * SHARES, 9).sum()

    assert likelihood(m) >= max(likelihood(m * 1.01), likelihood(m / 1.01))


def test_groups_that_do_not_differ_are_drawn_all_the_way():
    alike = sparse.csr_array(np.tile(100 * SHARES, (30, 1)))
    assert suggestions.concentration(alike, SHARES) == np.inf
    assert np.array_equal(suggestions.shrunk(np.array([[9.0, 0, 0, 0, 0]]), SHARES, np.inf)[0], SHARES)
    single = sparse.csr_array(np.eye(5))
    assert suggestions.concentration(single, SHARES) == np.inf, "one purchase each says nothing"


def test_equals_go_to_the_more_popular_and_strangers_get_what_is_popular():
    history, codes, _ = world(np.random.default_rng(1), own=1.0)
    rules = suggestions.learn(history, codes, 2)
    nothing = sparse.csr_array((3, 5))
    order = list(np.argsort(-rules.popularity, kind="stable")[:3])
    for rule in (POPULAR, *RULES):
        assert suggestions.suggest(rules, rule, nothing, np.array([-1, -1, -1]), 3).tolist() == [order] * 3


def test_blocks_do_not_show(monkeypatch):
    history, codes, _ = world(np.random.default_rng(4), own=2.0)
    rules = suggestions.learn(history, codes, 2)
    whole = [suggestions.suggest(rules, rule, history.counts, codes, 2) for rule in RULES]
    monkeypatch.setattr(suggestions, "BLOCK", 7)
    for rule, found in zip(RULES, whole, strict=True):
        assert np.array_equal(suggestions.suggest(rules, rule, history.counts, codes, 2), found)


def test_rates_are_counted_by_hand():
    found = pd.DataFrame({POPULAR: [1, 1, 0, 0, 0], SEGMENT: [1, 0, 1, 1, 0], TOGETHER: [0] * 5, REPEAT: [1] * 5})
    table = suggestions.compare(found.astype(bool), np.random.default_rng(0)).set_index("rule")
    row = table.loc[SEGMENT]
    assert (row["rate"], row["popular"], row["lift"]) == (0.6, 0.4, 1.5)
    assert (row["only_rule"], row["only_popular"]) == (2, 1)
    assert row["p"] == pytest.approx(1.0)
    assert table.loc[REPEAT, "p"] == pytest.approx(0.25)


def test_popularity_that_never_hits_has_no_lift():
    found = pd.DataFrame({POPULAR: [0, 0], **{rule: [1, 0] for rule in RULES}}).astype(bool)
    table = suggestions.compare(found, np.random.default_rng(0))
    assert table["lift"].isna().all()
    assert table["gain"].tolist() == [0.5] * 3


@given(st.lists(st.tuples(*[st.booleans()] * 4), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_intervals_hold_their_estimates(rows):
    found = pd.DataFrame(rows, columns=[POPULAR, *RULES])
    for row in suggestions.compare(found, np.random.default_rng(0), 200).to_dict("records"):
        assert 0 <= row["rate_low"] <= row["rate_high"] <= 1
        assert row["gain"] == pytest.approx(row["rate"] - row["popular"])
        assert 0 < row["p"] <= 1


def test_r_finds_the_same():
    found = judged(*world(np.random.default_rng(1), own=1.0))
    mine = compared(found)
    r.use("tests_suggestions")
    theirs = r.call("count_suggestions", found.astype(float), "category", list(RULES))
    theirs = r.call("correct_suggestions", theirs)
    for name in ("rate", "popular", "gain", "lift", "p", "p_holm"):
        assert theirs[name].to_numpy() == pytest.approx(mine[name].to_numpy(), rel=1e-10)


def table_of(gains, p):
    frame = pd.DataFrame({"rule": RULES, "gain": gains, "p_holm": p})
    return frame.assign(rate=0.5 + frame["gain"])


def test_what_is_chosen():
    sure = table_of([0.1, 0.0, 0.2], [0.01, 1.0, 0.001])
    open_ = table_of([0.1, 0.0, 0.2], [0.2, 1.0, 0.3])
    harmful = table_of([0.1, 0.0, -0.2], [0.2, 1.0, 0.001])
    assert suggestions.choose(open_, {"x": open_, "y": sure}) == {"x": POPULAR, "y": REPEAT}
    assert suggestions.choose(sure, {"x": open_, "y": harmful}) == {"x": REPEAT, "y": SEGMENT}
