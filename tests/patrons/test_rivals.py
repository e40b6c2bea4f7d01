"""Ward's tree, mixtures and agreement: on groups that are known, on Fisher's irises, and against R."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.metrics import adjusted_rand_score

from patrons import double, r, rivals


@pytest.fixture(scope="module")
def irises():
    data = load_iris()
    return data.data, data.target


@pytest.fixture(scope="module")
def three():
    """Three clouds far apart, of 40, 60 and 100."""
    rng = np.random.default_rng(4)
    kinds = np.repeat([0, 1, 2], [40, 60, 100])
    return rng.normal(size=(200, 2)) + np.array([[0, 0], [12, 0], [0, 12]])[kinds], kinds


def rng():
    return np.random.default_rng(1)


def test_ward_on_irises_recovers_what_is_published(irises):
    # scikit-learn's and R's ward.D2 on the raw measurements: ARI 0.7312.
    tree = rivals.grow(irises[0], 3, rng())
    assert adjusted_rand_score(irises[1], tree.labels) == pytest.approx(0.7312, abs=5e-5)


def test_mixtures_of_irises_have_the_published_likelihoods(irises, monkeypatch):
    # mclust's manual: three components of any shape −180.19, of one shape −256.35; the former's ARI is 0.9039.
    monkeypatch.setattr(rivals, "FLOOR", 1e-9)
    found = rivals.mix(irises[0], [3], 3, rng())
    loglik = found.table[found.table["k"] == 3].set_index("model")["loglik"]
    assert loglik["VVV"] == pytest.approx(-180.19, abs=0.01)
    assert loglik["EEE"] == pytest.approx(-256.35, abs=0.01)
    assert adjusted_rand_score(irises[1], found.same.labels) == pytest.approx(0.9039, abs=5e-5)


def test_clouds_far_apart_are_found_by_both(three):
    points, kinds = three
    assert adjusted_rand_score(kinds, rivals.grow(points, 3, rng()).labels) == 1
    found = rivals.mix(points, range(1, 7), 3, rng())
    assert found.best.k == 3
    assert adjusted_rand_score(kinds, found.best.labels) == 1
    assert found.best.certainty.min() > 0.99


def test_heights_are_those_of_hclust(irises):
    r.use("rivals")
    tree = rivals.grow(irises[0], 3, rng())
    mine = pd.DataFrame({"merge": np.arange(1.0, 150), "height": np.sort(tree.links[:, 2])[::-1]})
    theirs = r.call("ward_heights", pd.DataFrame(tree.points), 149)
    assert double.agreement(mine, theirs, ["merge"], ["height"]).holds


def test_ties_are_broken_once_for_both_languages():
    r.use("rivals")
    points = np.array([[x, y] for x in range(8) for y in range(8)], dtype=float)
    tree = rivals.grow(points, 4, rng())
    mine = pd.DataFrame({"merge": np.arange(1.0, 64), "height": np.sort(tree.links[:, 2])[::-1]})
    theirs = r.call("ward_heights", pd.DataFrame(tree.points), 63)
    assert double.agreement(mine, theirs, ["merge"], ["height"]).holds


@pytest.mark.parametrize("columns", [[0, 1, 2, 3], [0, 2], [2]])
def test_the_likelihood_of_a_mixture_is_that_of_mclust(irises, columns):
    r.use("rivals")
    found = rivals.mix(irises[0][:, columns], [2, 3], 3, rng())
    for model in (found.best, found.same):
        row = found.table[(found.table["shape"] == model.shape) & (found.table["k"] == model.k)]
        theirs = r.call(
            "mixture_likelihood",
            pd.DataFrame(found.fitted_to),
            model.weights,
            pd.DataFrame(model.means),
            pd.DataFrame(model.covariances.reshape(-1, len(columns))),
            rivals.SHAPES[model.shape],
        )
        assert double.agreement(row, theirs, [], ["loglik"]).holds
        if len(columns) > 1:  # with one feature, "one shape" and "any shape" have other names, not other numbers
            assert double.agreement(row, theirs, [], ["parameters", "bic"]).holds


def test_a_mixture_cannot_shrink_onto_a_step():
    points = np.column_stack([np.repeat([0.0, 1.0], [60, 40]), np.random.default_rng(2).normal(size=100)])
    found = rivals.mix(points, [1, 2, 3], 2, rng())
    floor = rivals.FLOOR * points.var(axis=0).mean()
    assert min(np.linalg.eigvalsh(item).min() for item in found.best.covariances) >= floor * 0.999
    assert np.isfinite(found.table["bic"]).all()


@pytest.mark.parametrize("points", [np.zeros((12, 2)), np.arange(10.0)[:, None]])
def test_few_or_equal_customers_give_a_mixture_anyway(points):
    found = rivals.mix(points, range(1, 11), 4, rng())
    assert len(found.best.labels) == len(points)
    assert found.same.k <= 4


def test_who_is_not_in_the_tree_joins_the_nearest_mean(three):
    points, kinds = three
    tree = rivals.grow(points, 3, rng(), most=60)
    assert len(tree.sample) == 60
    assert adjusted_rand_score(kinds, tree.labels) == 1


def test_branches_hold_everybody_and_hide_the_few(three):
    points, kinds = three
    tree = rivals.grow(points, 3, rng())
    lines, ends = rivals.branches(tree, kinds + 1, smallest=1, leaves=12)
    assert len(ends) == 12
    assert ends["customers"].sum() == 200
    assert set(ends["segment"]) == {1, 2, 3}
    for segment, size in ((1, 40), (2, 60), (3, 100)):
        assert ends.loc[ends["segment"] == segment, "customers"].sum() == size
    assert (lines.loc[lines["segment"] > 0, ["y", "yend"]].to_numpy() <= tree.cut + 1e-9).all()
    assert (lines.loc[lines["segment"] == 0, ["y", "yend"]].to_numpy() >= tree.cut - 1e-9).all()
    few = rivals.branches(tree, kinds + 1, smallest=15, leaves=12)[1]
    assert few["customers"].dropna().min() >= 15


def test_groups_take_the_segment_they_resemble():
    assert rivals.matched(np.array([1, 1, 2, 2, 3]), np.array([2, 2, 1, 1, 1])) == {1: 2, 2: 1, 3: 1}


def test_agreement_is_one_zero_and_that_of_mclust():
    r.use("rivals")
    draw = np.random.default_rng(6)
    one, two = draw.integers(1, 4, 3000), draw.integers(1, 6, 3000)
    same = rivals.agree(one, [f"group {item}" for item in one], rng())
    assert (same.value, same.low, same.high) == (1, 1, 1)
    apart = rivals.agree(one, two, rng())
    assert apart.value == pytest.approx(0, abs=0.005)
    groupings = {"one": one.tolist(), "two": two.tolist(), "three": np.where(one == 1, one, two).tolist()}
    mine = rivals.compare(groupings, rng())
    theirs = r.call("agreements", pd.DataFrame(groupings))
    assert double.agreement(mine, theirs, ["one", "other"], ["ari"]).holds
    assert ((mine["low"] <= mine["ari"]) & (mine["ari"] <= mine["high"])).all()


def test_the_interval_of_agreement_covers_that_of_all_customers():
    # A population whose cross table is known; its index is that of a very large sample.
    cells = np.array([[0.3, 0.1], [0.05, 0.55]])
    draw = np.random.default_rng(8)

    def labels(n):
        place = draw.choice(4, n, p=cells.ravel())
        return place // 2, place % 2

    truth = adjusted_rand_score(*labels(2_000_000))
    held = [rivals.agree(*labels(400), draw, 400) for _ in range(120)]
    assert 0.88 <= np.mean([found.low <= truth <= found.high for found in held]) <= 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=40))
def test_the_index_from_tables_is_that_from_labels(pairs):
    one, two = (np.array(column) for column in zip(*pairs, strict=True))
    table = pd.crosstab(one, two).to_numpy(dtype=float)[None]
    assert rivals._rand(table)[0] == pytest.approx(adjusted_rand_score(one, two))


def test_a_cross_table_hides_the_few_and_keeps_the_order():
    segments = pd.Series([1] * 10 + [2] * 6)
    others = pd.Series(pd.Categorical(["b"] * 8 + ["a"] * 2 + ["a"] * 6, categories=["b", "a", "empty"]))
    found = rivals.cross(segments, others, smallest=5)
    assert found["other"].tolist() == ["b", "a", "b", "a"]
    assert found["customers"].astype("Float64").fillna(-1).tolist() == [8, -1, 0, 6]
    assert found.loc[0, "share"] == 0.8
    assert pd.isna(found.loc[1, "share"])
