"""Who responds and who leaves: no feature knows the future, what was planted is found, and bare data are refused."""

import pickle

import numpy as np
import pandas as pd
import pytest

import patrons
from patrons import record_response as record
from patrons import response, response_data, response_double, tables_response
from patrons import words_response as words
from patrons.facts import Facts
from patrons.response_gains import Contact
from patrons.stop import ChapterStop

SHOP = """
name: Shop <b>
currency: GBP
reference_date: 2023-12-31
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: who, order_id: order, ordered_at: at, amount: paid}
  customers:
    file: people.csv
    columns: {customer_id: who, age: age, gender: sex, region: town}
    responses: {campaign_1: c1, campaign_2: c2, last: last}
  engagement:
    file: visits.csv
    columns: {customer_id: who, month: month, web_visits: visits, emails_sent: sent, emails_opened: opened}
"""
pytestmark = pytest.mark.slow
CUT = pd.Timestamp("2023-07-04")


def world(n=700, seed=3):
    """Draw customers of whom half leave: the openness planted in them shows in what they open and answer."""
    rng = np.random.default_rng(seed)
    who, openness = np.arange(n), rng.normal(size=n)
    people = pd.DataFrame({"who": who, "age": rng.integers(18, 80, n), "sex": rng.choice(["f", "m"], n)})
    people["town"] = rng.choice(["a|b", "<script>", "*c*"], n)
    for name in ("c1", "c2", "last"):
        people[name] = (rng.random(n) < 1 / (1 + np.exp(1 - 1.5 * openness))).astype(int)
    days = (pd.Timestamp("2023-12-30") - pd.Timestamp("2020-01-01")).days
    gone = np.where(rng.random(n) < 0.5, rng.integers(500, days, n), days + 1)
    orders = []
    for one in who:
        at = np.sort(rng.choice(days, rng.poisson(18) + 2, replace=False))
        orders += [(one, day) for day in at if day < gone[one]]
    table = pd.DataFrame(orders, columns=["who", "day"])
    table["order"], table["paid"] = range(len(table)), rng.lognormal(3, 0.5, len(table)).round(2)
    table["at"] = (pd.Timestamp("2020-01-01") + pd.to_timedelta(table["day"], unit="D")).dt.strftime("%Y-%m-%d")
    months = pd.date_range("2022-01-01", "2023-12-01", freq="MS").strftime("%Y-%m-%d")
    visits = pd.MultiIndex.from_product([who, months], names=["who", "month"]).to_frame(index=False)
    opens = 1 / (1 + np.exp(-openness[visits["who"]]))
    visits = visits.assign(visits=rng.poisson(3, len(visits)), sent=3, opened=rng.binomial(3, opens))
    return {"people": people, "orders": table.drop(columns="day"), "visits": visits}


def opened(folder, tables, text=SHOP):
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    (folder / "source.yml").write_text(text)
    return patrons.open(folder / "source.yml")


def shuffled_after(tables, moment, seed=9):
    """Give everything that came after a moment to other customers, with other amounts."""
    rng, changed = np.random.default_rng(seed), {name: table.copy() for name, table in tables.items()}
    for name, when, what in (("orders", "at", ["who", "paid"]), ("visits", "month", ["visits", "opened"])):
        table = changed[name]
        late = np.flatnonzero(pd.to_datetime(table[when]) >= moment)
        for column in what:
            drawn = rng.choice(tables["people"]["who"], len(late)) if column == "who" else table[column].iloc[late]
            table.loc[late, column] = rng.permutation(np.asarray(drawn))
    changed["people"]["last"] = rng.permutation(changed["people"]["last"])
    return changed


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("response")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATRONS_HOME", str(folder))
        shop = opened(folder / "own", world())
        found = response.look(shop)
        record.study(shop.facts, found)
        yield shop, found


def test_no_feature_knows_the_future(home):
    tables = world(120)
    one, other = opened(home / "a", tables), opened(home / "b", shuffled_after(tables, CUT))
    moment = CUT.to_pydatetime()
    for answers in (None, 2):
        before, after = (response_data.features(shop, moment, answers) for shop in (one, other))
        pd.testing.assert_frame_equal(before, after)
    outcomes = [response_data.leaving(shop, response_data.periods(shop), moment).outcome for shop in (one, other)]
    assert not outcomes[0].equals(outcomes[1]), "nothing was shuffled"


def test_a_month_that_is_not_over_is_not_known(home):
    tables = world(50)
    first = response_data.features(opened(home / "a", tables), pd.Timestamp("2023-07-20").to_pydatetime())
    tables["visits"].loc[tables["visits"]["month"] == "2023-07-01", "visits"] += 100
    then = response_data.features(opened(home / "b", tables), pd.Timestamp("2023-07-20").to_pydatetime())
    pd.testing.assert_series_equal(first["visits_a_month"], then["visits_a_month"])


def test_outcomes_begin_where_features_end(seen):
    shop, found = seen
    when = found.periods
    assert when.past < when.present < when.end
    assert (when.present - when.past).days == 365
    assert when.same_season
    leaves = found.found["leaves"]
    after = shop.outcomes(when.present, when.end)["customer_id"].astype(object)
    assert not leaves.present.outcome[leaves.present.outcome == 1].index.isin(after).any()


def test_what_was_planted_is_found(seen):
    _, found = seen
    judged = found.found["responds"].judged.table.set_index("model")
    assert judged.loc["logistic", "auc_low"] > 0.6
    assert found.found["responds"].importance["feature"].iloc[0] == "share_opened"
    assert judged.loc["recency", "auc_low"] < 0.6


def test_nobody_is_foretold_by_a_model_that_saw_them(seen):
    _, found = seen
    item = found.found["leaves"]
    both = item.past.features.index.intersection(item.present.features.index)
    assert len(both) > 100
    assert set(item.fold.unique()) == set(range(5))
    again = item.past.outcome.copy()
    mine = item.fold.reindex(item.past.features.index).to_numpy() == 0
    again[mine] = 1 - again[mine]  # what those of fold 0 did in the past teaches their own model nothing
    from patrons.response_models import cross_fit, foretell, pipeline

    steps = pipeline("logistic", item.past.features, 0)
    fair, wrong = (
        foretell(
            cross_fit(steps, response.Examples(item.past.features, y), item.fold), item.present.features, item.fold
        )
        for y in (item.past.outcome, again)
    )
    own = item.folds == 0
    assert fair[own] == pytest.approx(wrong[own], abs=1e-9)
    assert not np.allclose(fair[~own], wrong[~own])


def test_python_and_r_agree_about_all_of_it(seen, root):
    from patrons import r

    r.use("tests_response", root=root)
    _, found = seen
    for check in (response_double.judged, response_double.calibrated, response_double.odds):
        assert check(found, r.call).holds


def test_facts_hold_their_intervals_and_words_escape_names(seen):
    shop, found = seen
    facts = shop.facts
    for asked in found.found:
        earned = response.profit(found.found[asked], Contact(10, 2))
        record.profit(facts, asked, earned)
    for name in facts:
        entry = facts[name]
        if entry.low is not None and ".importance." not in name:
            assert entry.low - 1e-9 <= entry.value <= entry.high + 1e-9, name
    assert "response.responds.logistic.auc" in facts
    said = [words.sentences(facts), words.data(found), words.method(found), words.compared(facts), words.odds(found)]
    said += [words.calibrated(facts), words.gained(facts), words.assumed(facts), words.earned(facts)]
    said += [words.reasons(found), words.over_time(facts, found), words.fair(facts, found), words.to_do(facts)]
    said += [words.for_summary(facts), words.number(facts).data]
    for text in said:
        assert text
        assert "<script>" not in text
        assert " nan" not in text
    assert words.for_summary(Facts()) == ""


def test_nothing_that_is_published_names_a_customer(seen):
    _, found = seen
    frames = [tables_response.together(found, lambda one: one.curves), tables_response.importance(found)]
    frames += [tables_response.odds(found), tables_response.fair(found, 5), found.found["leaves"].earlier]
    assert not any("customer_id" in frame for frame in frames)


def test_the_final_model_can_be_kept_and_gives_the_same_chances(seen):
    shop, _ = seen
    final = response.final_model(shop, "responds")
    known = response.today(shop, "responds")
    assert set(final.columns) <= set(known)
    chances = final.steps.predict_proba(known[[*final.columns]])[:, 1]
    again = pickle.loads(pickle.dumps(final.steps)).predict_proba(known[[*final.columns]])[:, 1]
    assert (chances == again).all()
    assert chances.min() > 0
    assert chances.max() < 1
    assert final.events == shop.customers["response_last"].sum()


def test_too_little_is_refused_with_what_it_needs(home):
    tables = world(60)
    with pytest.raises(ChapterStop, match="at least 50"):
        response.look(opened(home / "few", tables))
    bare = "name: B\ntables:\n  customers: {file: people.csv, columns: {customer_id: who, age: age}}\n"
    with pytest.raises(ChapterStop, match="responses"):
        response.look(opened(home / "bare", {"people": tables["people"]}, bare))


def test_a_table_of_customers_alone_tells_who_responds(home):
    text = """
name: Table
tables:
  customers:
    file: people.csv
    columns: {customer_id: who, age: age, gender: sex}
    spend: {tea: tea, milk: milk}
    responses: {one: c1, two: c2, last: last}
"""
    people = world()["people"].assign(tea=lambda rows: rows["age"] * 2, milk=5)
    found = response.look(opened(home / "t", {"people": people}, text))
    assert list(found.found) == ["responds"]
    assert "transactions" in found.refused["leaves"]
    assert "answered_latest" in found.main.past.features
    assert "recency" not in found.main.chances
