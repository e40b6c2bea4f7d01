"""Criteria for the number of groups: by hand, against scikit-learn and R, and the rule that chooses."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

import patrons
from patrons import (
    clusters,
    clusters_choice,
    clusters_criteria,
    clusters_double,
    clusters_pictures,
    clusters_resampled,
    clusters_study,
)
from patrons import r as door

RFM = ("recency", "frequency", "monetary")


def blobs(sizes=(60, 40, 30), seed=1):
    """Customers in clear groups: the more they spend, the oftener they come and the later they came."""
    rng = np.random.default_rng(seed)
    centres = [(5 - 1.5 * place, 1 + place, 3 + 2 * place) for place in range(len(sizes))]
    logs = np.vstack([rng.normal(centre, 0.15, (size, 3)) for centre, size in zip(centres, sizes, strict=True)])
    table = pd.DataFrame(np.exp(logs), columns=list(RFM))
    return table.assign(customer_id=[f"c{place}" for place in range(len(table))])


@pytest.fixture(scope="module")
def study():
    """Three clear groups, judged."""
    table = blobs((80, 60, 40))
    fits = clusters.cluster_each(table, RFM, "log", "standard", range(2, 6), np.random.default_rng(1))
    criteria, refits = clusters_study.judge(fits, np.random.default_rng(2))
    choice = clusters_choice.choose(criteria, 5)
    return clusters_study.Study(fits[choice.k], criteria, choice, refits[choice.k], fits, table)


@settings(max_examples=30, deadline=None)
@given(st.integers(4, 60), st.integers(2, 4), st.integers(0, 10_000))
def test_silhouettes_are_those_of_scikit_learn(n, k, seed):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, 3)).round(1)
    labels = np.arange(n) % k
    if n <= k:
        return
    mine = clusters_criteria.silhouettes(points, {"a": labels, "b": labels % 2}, rng)
    assert mine["a"] == pytest.approx(metrics.silhouette_score(points, labels), abs=1e-6)
    assert mine["b"] == pytest.approx(metrics.silhouette_score(points, labels % 2), abs=1e-6)


def test_silhouettes_of_many_customers_rest_on_a_sample(monkeypatch):
    monkeypatch.setattr(clusters_criteria, "EXACT", 500)
    monkeypatch.setattr(clusters_criteria, "SAMPLE", 400)
    rng = np.random.default_rng(1)
    points = np.vstack([rng.normal(size=(400, 2)), rng.normal(8, 1, (400, 2))])
    labels = np.repeat([0, 1], 400)
    sampled = clusters_criteria.silhouettes(points, {2: labels}, rng)[2]
    exact = metrics.silhouette_score(points, labels)
    assert sampled != exact
    assert sampled == pytest.approx(exact, abs=0.02)


def test_three_groups_are_seen_by_every_criterion(study):
    favourites = study.choice.favourites
    assert study.choice.k == study.choice.by_rule == 3
    assert {name for name, k in favourites.items() if k == 3} >= {
        *("silhouette", "calinski_harabasz", "davies_bouldin", "strength")
    }
    assert study.criteria.set_index("k").loc[3, ["stability", "strength"]].tolist() == [1, 1]
    assert study.refits.jaccard().mean(axis=0).tolist() == [1, 1, 1]


def test_criteria_agree_with_r(study):
    door.use("clusters")
    found = clusters_double.repeat(study, np.random.default_rng(3), door.call)
    assert found.agreement.holds, found.agreement
    assert found.agreement.largest < 1e-8
    assert found.agreement.compared > 0
    assert found.lower < 1e-6
    both = study.criteria.merge(found.chance, on="k", suffixes=("", "_r"))
    # Random numbers differ: the gap within four standard errors of either, prediction strength within its spread.
    assert (np.abs(both["gap"] - both["gap_r"]) < 4 * (both["gap_se"] + both["gap_se_r"])).all()
    at_three = both[both["k"] == 3].iloc[0]
    assert at_three["strength"] == 1
    assert at_three["strength_r"] > 0.85
    assert found.jaccard["jaccard"].tolist() == pytest.approx([1, 1, 1], abs=0.1)


def test_agreement_fails_where_r_says_otherwise(study):
    door.use("clusters")

    def wrong(function, *args, **kwargs):
        result = door.call(function, *args, **kwargs)
        return result.assign(silhouette=result["silhouette"] + 1e-4) if function == "judge_groups" else result

    found = clusters_double.repeat(study, np.random.default_rng(3), wrong)
    assert not found.agreement.holds
    assert "silhouette" in found.agreement.where


def test_groups_without_spread_agree_too():
    door.use("clusters")
    table = pd.DataFrame({"x": [0.0, 0, 5, 5, 9, 9] * 10, "y": [0.0, 0, 1, 1, 7, 7] * 10})
    fits = clusters.cluster_each(table, ["x", "y"], "none", "none", [2, 3], np.random.default_rng(1))
    criteria, refits = clusters_study.judge(fits, np.random.default_rng(1))
    at_three = criteria.set_index("k").loc[3]
    assert at_three["inertia"] == pytest.approx(0, abs=1e-12)
    assert at_three[["gap", "calinski_harabasz", "davies_bouldin"]].isna().all()
    assert at_three["silhouette"] == 1
    choice = clusters_choice.choose(criteria, 5)
    whole = clusters_study.Study(fits[3], criteria, choice, refits[3], fits, table)
    assert clusters_double.repeat(whole, np.random.default_rng(1), door.call).agreement.holds


def test_the_gap_of_data_without_groups_is_nothing():
    points = np.random.default_rng(4).uniform(size=(300, 2)) * [4, 1]
    table = clusters_resampled.gap(points, range(1, 5), np.random.default_rng(1))
    assert (table["gap"].abs() < 3 * table["gap_se"]).all()


def test_one_cloud_has_no_reproducible_groups_beyond_few():
    points = np.random.default_rng(4).normal(size=(400, 2))
    strengths = {k: clusters_resampled.strengths(points, k, np.random.default_rng(k)).mean() for k in (3, 6)}
    assert strengths[6] < 0.6


def test_pairs_that_stay_together_by_hand():
    groups = np.array([0, 0, 0, 0, 1, 1, 2])
    other = np.array([0, 0, 1, 1, 2, 2, 0])
    # Of the 6 pairs of group 0, two stay; of the one pair of group 1, one; group 2 has none.
    assert clusters_resampled.together(groups, other) == pytest.approx(2 / 6)
    assert clusters_resampled.together(np.array([0, 1]), np.array([0, 0])) == 1


def test_jaccard_takes_the_nearest_counterpart():
    refits = clusters_resampled.Refits(np.array([0, 0, 0, 1, 1]), np.array([[1, 1, 0, 0, 0], [0, 0, 0, 1, 1]]))
    assert refits.jaccard() == pytest.approx(np.array([[2 / 3, 2 / 3], [1, 1]]))
    assert refits.agreement[1] == 1


def judged(**columns):
    ks = range(1, len(next(iter(columns.values()))) + 1)
    table = pd.DataFrame({"k": ks, "strength_sd": 0.05, "smallest": 100, "gap_se": 0.01, **columns})
    for name in ("inertia", "gap", "silhouette", "calinski_harabasz", "davies_bouldin"):
        if name not in table:
            table[name] = np.linspace(1, 0.2, len(table))
    return table


def test_the_largest_reproducible_number_is_taken():
    table = judged(stability=[np.nan, 0.95, 0.9, 0.81, 0.7], strength=[np.nan, 0.9, 0.5, 0.76, 0.9])
    choice = clusters_choice.choose(table, 5)
    assert (choice.k, choice.candidates) == (4, (2, 4))
    few = table.assign(smallest=[100, 100, 50, 4, 4])
    assert clusters_choice.choose(few, 5).k == 2
    asked = clusters_choice.choose(table, 5, asked=3)
    assert (asked.k, asked.by_rule, asked.asked) == (3, 4, 3)


def test_without_a_candidate_the_strongest_is_taken():
    table = judged(stability=[np.nan, 0.5, 0.6], strength=[np.nan, 0.3, 0.4])
    choice = clusters_choice.choose(table, 5)
    assert (choice.k, choice.candidates) == (3, ())
    assert choice.favourites["stability"] is None


def test_the_rule_of_one_standard_error():
    table = judged(gap=[0.1, 0.5, 0.505, 0.9], stability=[0.9] * 4, strength=[0.9] * 4)
    assert clusters_choice.one_standard_error(table) == 2
    rising = judged(gap=[0.1, 0.5, 0.7, 0.9], stability=[0.9] * 4, strength=[0.9] * 4)
    assert clusters_choice.one_standard_error(rising) == 4  # as cluster::maxSE has it
    assert clusters_choice.elbow(judged(inertia=[10.0, 3, 2, 1], stability=[1] * 4, strength=[1] * 4)) == 2


@pytest.mark.slow
def test_mall_customers_would_get_five_groups_by_themselves(home, reference_data):
    shop = patrons.open(reference_data / "mall_customers" / "source.yml")
    fits = clusters.cluster_each(
        shop.customers, ("income", "score"), "none", "none", range(2, 11), shop.rng("segments")
    )
    criteria, _ = clusters_study.judge(fits, shop.rng("segments.criteria"))
    assert clusters_choice.choose(criteria, 5).k == 5


def test_the_plane_is_that_of_principal_components():
    from sklearn.decomposition import PCA

    found = clusters.cluster(blobs(), RFM, "log", "standard", 3, np.random.default_rng(1))
    plane = clusters_pictures.plane(found, 5, np.random.default_rng(1))
    pca = PCA().fit(found.scaled)
    assert plane.explained == pytest.approx(pca.explained_variance_ratio_)
    scores = pca.transform(found.scaled)
    loading = [np.corrcoef(column, scores[:, 0])[0, 1] for column in found.scaled.T]
    assert plane.loadings["pc1"].abs().tolist() == pytest.approx(np.abs(loading).tolist())
    assert plane.loadings["pc1"].abs().max() == plane.loadings["pc1"].max()
    assert set(plane.outlines["segment"]) == {1, 2, 3}
    assert 0.9 < plane.separation <= 1


def test_outlines_hold_their_share_and_small_groups_have_none():
    from matplotlib.path import Path

    rng = np.random.default_rng(2)
    points = rng.normal(size=(2000, 2))
    line = clusters_pictures._outline(points, 0.5)
    held = Path(line.loc[line["piece"] == 0, ["pc1", "pc2"]].to_numpy()).contains_points(points).mean()
    assert held == pytest.approx(0.5, abs=0.03)
    found = clusters.cluster(blobs((60, 60, 12)), RFM, "log", "standard", 3, np.random.default_rng(1))
    assert set(clusters_pictures.plane(found, 5, rng).outlines["segment"]) == {2, 3}


def test_one_feature_has_a_line_for_a_plane():
    found = clusters.cluster(blobs(), ["monetary"], "log", "standard", 2, np.random.default_rng(1))
    plane = clusters_pictures.plane(found, 5, np.random.default_rng(1))
    assert plane.outlines.empty
    assert plane.explained.tolist() == [1]


def test_revenue_shares_have_intervals_and_small_groups_are_blanked():
    table = blobs((60, 40, 3))
    found = clusters.cluster(table, RFM, "log", "standard", 3, np.random.default_rng(1))
    summary = clusters_pictures.summarise(found, table, np.random.default_rng(1))
    assert summary["customers"].sum() == 103
    assert summary["revenue_share"].sum() == pytest.approx(1)
    assert (summary["low"] <= summary["revenue_share"]).all()
    assert (summary["revenue_share"] <= summary["high"]).all()
    shown = clusters_pictures.public(summary, 5)
    assert shown.loc[0, ["customers", "revenue_share", "monetary"]].isna().all()
    assert shown["segment"].tolist() == [1, 2, 3]
    nothing = clusters_pictures.summarise(found, table.assign(monetary=0.0), np.random.default_rng(1))
    assert nothing[["revenue_share", "low", "revenue_per_customer"]].isna().all(axis=None)
