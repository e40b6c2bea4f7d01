"""Groups by K-means: published numbers, the same groups however they are found, and data that break it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, silhouette_score

import patrons
from patrons import clusters, clusters_names
from patrons.errors import PatronsError

RFM = ("recency", "frequency", "monetary")


def blobs(sizes=(60, 40, 30), seed=1):
    """Customers in clear groups: the more they spend, the oftener they come and the later they came."""
    rng = np.random.default_rng(seed)
    tables = []
    for place, size in enumerate(sizes):
        tables.append(
            pd.DataFrame(
                {
                    "recency": rng.lognormal(5 - 1.5 * place, 0.15, size),
                    "frequency": rng.lognormal(1 + place, 0.15, size),
                    "monetary": rng.lognormal(3 + 2 * place, 0.15, size),
                }
            )
        )
    table = pd.concat(tables, ignore_index=True)
    return table.assign(customer_id=[f"c{place}" for place in range(len(table))])


def found(table, columns=RFM, transform="log", scale="standard", k=3, seed=5):
    return clusters.cluster(table, columns, transform, scale, k, np.random.default_rng(seed))


def test_mall_customers_have_their_published_groups(home, reference_data):
    shop = patrons.open(reference_data / "mall_customers" / "source.yml")
    mall = found(shop.customers, ("income", "score"), "none", "none", 5)
    assert mall.inertia == pytest.approx(44_448.45544793, abs=1e-7)
    assert sorted(mall.customers["segment"].value_counts(), reverse=True) == [81, 39, 35, 23, 22]
    assert mall.silhouette == pytest.approx(0.5539, abs=5e-5)
    assert sorted(mall.names.values()) == [
        "High income, high score",
        "High income, low score",
        "Low income, high score",
        "Low income, low score",
        "Middle income, middle score",
    ]


def test_segments_are_numbered_from_the_highest_value():
    table = blobs()
    segments = found(table)
    assert segments.segments.tolist() == [3] * 60 + [2] * 40 + [1] * 30
    assert segments.names[1] == "Very high value, very frequent, very recent"
    means = segments.customers.groupby("segment")["monetary"].mean()
    assert means.is_monotonic_decreasing


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_neither_order_of_rows_nor_seed_changes_numbers_or_names(seed):
    table = blobs((80, 80, 80, 40), seed=3)
    one = found(table, k=4, seed=9)
    shuffled = table.sample(frac=1, random_state=seed)
    other = found(shuffled, k=4, seed=seed)
    by_id = one.customers.set_index("customer_id")["segment"]
    assert (by_id[other.customers["customer_id"]].to_numpy() == other.segments).all()
    assert other.names == one.names
    same_seed = found(shuffled, k=4, seed=9)
    assert same_seed.inertia == one.inertia  # to the last bit
    assert np.array_equal(same_seed.centres, one.centres)


def test_rows_stay_in_the_order_of_the_table():
    table = blobs().sample(frac=1, random_state=2)
    segments = found(table)
    assert segments.customers["customer_id"].tolist() == table["customer_id"].tolist()
    assert np.allclose(segments.scaled, clusters.matrix(segments.customers, RFM, "log", "standard"), atol=1e-12)


def test_the_pipeline_sorts_customers_as_they_were_sorted():
    segments = found(blobs())
    again = segments.pipeline.predict(segments.customers[list(RFM)]) + 1
    assert np.array_equal(again, segments.segments)
    assert segments.pipeline[0].func is clusters.logged  # a function with a name, which can be saved


def test_inertia_and_silhouette_are_those_of_the_groups():
    segments = found(blobs())
    own = segments.centres[segments.segments - 1]
    assert segments.inertia == pytest.approx(((segments.scaled - own) ** 2).sum())
    assert segments.silhouette == pytest.approx(silhouette_score(segments.scaled, segments.segments))


def test_customers_with_a_missing_feature_are_set_aside_and_counted():
    table = blobs()
    table.loc[[3, 99], "monetary"] = np.nan
    table.loc[7, "recency"] = np.inf
    segments = found(table)
    assert segments.set_aside == 3
    assert len(segments.customers) == len(table) - 3
    assert not {"c3", "c99", "c7"} & set(segments.customers["customer_id"])


def test_a_constant_feature_says_nothing():
    table = blobs().assign(same=4.0)
    with_it = found(table, (*RFM, "same"))
    assert np.array_equal(with_it.segments, found(table).segments)
    assert clusters.profile(with_it).set_index("feature").loc["same", "z"].tolist() == [0, 0, 0]


def test_more_segments_than_different_customers_are_refused():
    table = pd.DataFrame({"recency": [1, 1, 2, 2], "monetary": [5, 5, 9, 9]})
    with pytest.raises(PatronsError, match="3 segments need as many different customers; there are 2"):
        found(table, ("recency", "monetary"), k=3)
    two = found(table, ("recency", "monetary"), k=2)
    assert two.segments.tolist() == [2, 2, 1, 1]
    assert two.inertia == pytest.approx(0, abs=1e-12)


def test_duplicates_share_a_segment():
    table = pd.concat([blobs()] * 3, ignore_index=True).drop(columns="customer_id")
    segments = found(table).customers
    assert (segments.groupby(list(RFM))["segment"].nunique() == 1).all()


def test_profiles_describe_the_groups():
    segments = found(blobs())
    table = clusters.profile(segments)
    assert len(table) == 9
    row = table[(table["segment"] == 1) & (table["feature"] == "monetary")].iloc[0]
    best = segments.customers[segments.customers["segment"] == 1]
    assert (row["customers"], row["median"]) == (30, best["monetary"].median())
    weighted = table.assign(part=table["z"] * table["customers"]).groupby("feature")["part"].sum()
    assert np.allclose(weighted, 0, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 30), st.floats(-50, 1e5)), min_size=6, max_size=60),
    st.integers(2, 5),
)
def test_whatever_the_data_groups_are_whole(rows, k):
    table = pd.DataFrame(rows, columns=list(RFM))
    if len(table.drop_duplicates()) < k:
        return
    segments = found(table, k=k)
    counts = segments.customers["segment"].value_counts()
    assert sorted(counts.index) == list(range(1, k + 1))
    assert sorted(segments.names) == list(range(1, k + 1))
    assert len(set(segments.names.values())) == k
    assert np.isfinite(segments.scaled).all()
    assert segments.customers.groupby("segment")["monetary"].mean().is_monotonic_decreasing


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(*[st.floats(-4, 4)] * 3), min_size=1, max_size=10),
    st.sampled_from([RFM, ("income", "score", "age"), ("monetary", "income", "a_b")]),
)
def test_no_two_segments_share_a_name(z, features):
    names = clusters_names.name_segments(features, np.array(z))
    assert list(names) == list(range(1, len(z) + 1))
    assert len(set(names.values())) == len(z)
    assert all(name and name[0].isupper() for name in names.values())


def test_names_say_what_sets_segments_apart():
    z = np.array([[-1.6, 1.7, 0.6], [0.6, 0.1, 0.0], [0.7, -0.2, 0.0], [0.2, 0.2, -0.9]])
    assert list(clusters_names.name_segments(RFM, z).values()) == [
        "High value, very frequent, very recent",
        "Middle value, silent, more frequent",
        "Middle value, silent, less frequent",
        "Low value",
    ]


def test_planted_groups_are_found():
    table = blobs((200, 150, 100, 50), seed=8)
    truth = np.repeat([4, 3, 2, 1], [200, 150, 100, 50])
    assert adjusted_rand_score(truth, found(table, k=4).segments) > 0.99


def test_many_customers_start_less_often(monkeypatch):
    monkeypatch.setattr(clusters, "MANY", 50)
    segments = found(blobs())
    assert segments.pipeline[-1].n_init == clusters.FEWER_STARTS >= 10
    assert segments.segments.tolist() == [3] * 60 + [2] * 40 + [1] * 30
