"""The dashboard's numbers: those of the book, and no small group among them, nor to be had by subtraction."""

import json
import shutil
from itertools import product

import numpy as np
import pandas as pd
import pytest

import patrons
from patrons import dashboard, dashboard_cube, dashboard_page, record, rfm, words_dashboard
from patrons.facts import Facts

pytestmark = pytest.mark.slow

SMALLEST = 5


@pytest.fixture(scope="module")
def shop():
    return patrons.open()


@pytest.fixture(scope="module")
def cube(shop):
    return dashboard_cube.build(shop)


@pytest.fixture(scope="module")
def found(cube):
    return dashboard.sales(cube, SMALLEST)


@pytest.fixture(scope="module")
def orders(shop, cube):
    """The orders as pandas sees them, counted anew from the lines."""
    lines = shop.transactions.to_pandas().dropna(subset=["customer_id"])
    table = lines.groupby(["customer_id", "order_id"], as_index=False).agg(
        at=("ordered_at", "min"), revenue=("amount", "sum"), channel=("channel", "first")
    )
    table = table.sort_values(["customer_id", "at", "order_id"], ignore_index=True)
    channels = {label.split(",")[0]: key for key, label in zip(*keys(cube, "channel"), strict=True)}
    table["channel"] = table["channel"].map(channels).fillna(cube.dimensions[-1].keys[-1])
    people = cube.customers.set_index("customer_id")
    for place, name in enumerate(("segment", "region")):
        table[name] = np.array(cube.dimensions[place].keys)[people.loc[table["customer_id"], name]]
    table["first"] = ~table["customer_id"].duplicated()
    days = table["at"].dt.normalize().diff().dt.days.where(~table["first"])
    table["bin"] = np.where(table["first"], 0, np.searchsorted([30, 90, 180, 365], days, side="left") + 1)
    return table


def keys(cube, name):
    item = next(item for item in cube.dimensions if item.name == name)
    return item.keys, item.labels


def chosen(orders, name):
    part = orders
    for column, key in zip(("segment", "region", "channel"), name.split("/"), strict=True):
        part = part if key == "*" else part[part[column] == key]
    return part


def period_of(at, grain, start):
    periods = at.dt.to_period({"month": "M", "quarter": "Q", "year": "Y"}[grain])
    return periods.map({pd.Period(item, periods.dtype.freq): place for place, item in enumerate(start)}).to_numpy(int)


def test_all_of_it_is_what_the_facts_say(shop, found):
    facts = patrons.facts.Facts("GBP")
    shop.facts = facts
    record.purchases(shop)
    whole = found["slices"]["*/*/*"]
    assert whole["grain"] == "month"
    assert sum(whole["orders"]) == facts["data.orders"].value == whole["total"]["orders"]
    assert round(sum(whole["revenue"]), 2) == round(facts["data.revenue"].value, 2) == whole["total"]["revenue"]
    assert (
        sum(row["size"] for row in whole["retention"]) == facts["data.customers"].value == whole["total"]["customers"]
    )


def test_each_number_is_that_of_the_orders_or_hidden(found, orders):
    for name, part in found["slices"].items():
        own = chosen(orders, name)
        at = period_of(own["at"], part["grain"], part["start"])
        size = len(part["start"])
        counts = {
            "orders": np.bincount(at, minlength=size),
            "revenue": np.bincount(at, own["revenue"], minlength=size),
            "buyers": own.groupby(at)["customer_id"].nunique().reindex(range(size), fill_value=0).to_numpy(),
            "new_customers": np.bincount(at, own["first"], minlength=size),
        }
        for measure, values in counts.items():
            for shown, value in zip(part[measure], values, strict=True):
                assert shown is None or shown == pytest.approx(value, abs=0.006), (name, measure)


def test_no_shown_number_is_about_fewer_than_may_be_shown(found, orders):
    for name, part in found["slices"].items():
        for measure in ("buyers", "new_customers"):
            assert all(value is None or value == 0 or value >= SMALLEST for value in part[measure]), (name, measure)
        for measure in ("orders", "revenue"):
            # Who bought in the first period was new: they are shown or hidden as newcomers are.
            assert [value is None for value in part[measure]][1:] == [value is None for value in part["buyers"]][1:]
        assert part["total"] is None or part["total"]["customers"] == 0 or part["total"]["customers"] >= SMALLEST
        for row in part["retention"]:
            for value in row["active"][1:]:
                most = row["size"] or 10**6
                assert value is None or value in (0, most) or SMALLEST <= value <= most - SMALLEST
        table = part["frequency"]
        if table is not None:
            own = chosen(orders, name)
            at = period_of(own["at"], table["grain"], table["start"])
            people = own.groupby([at, own["bin"]])["customer_id"].nunique()
            for place, series in enumerate(table["orders"]):
                for period, value in enumerate(series):
                    assert value in (None, 0) or people[period, place] >= SMALLEST, name


class Solver:
    """Somebody who has the file alone, and solves for what is hidden in it: dense, from the smallest cells up."""

    def __init__(self, shape):
        self.shape, self.rows, self.hidden, self.empty = shape, [], [], np.zeros(shape, dtype=bool)

    def take(self, value, *place):
        if value is None:
            self.hidden.append(place)
        elif value == 0:
            self.empty[np.ix_(*place)] = True
        else:
            self.rows.append(place)

    def solved(self):
        """Return the hidden places whose value follows from what is shown."""

        def matrix(places):
            full = np.zeros((len(places), *self.shape), dtype=np.float32)
            for row, place in enumerate(places):
                full[(row, *np.ix_(*place))] = 1
            return full.reshape(len(places), -1)[:, ~self.empty.ravel()].astype(float)

        shown = matrix(self.rows)
        values, vectors = np.linalg.eigh(shown @ shown.T)
        kept = values > 1e-8
        basis = shown.T @ (vectors[:, kept] / np.sqrt(values[kept]))
        change = np.random.default_rng(1).standard_normal(shown.shape[1])
        for _ in range(3):
            change = change - basis @ (basis.T @ change)
        still = np.abs(matrix(self.hidden) @ change) < 1e-6
        return [place for place, same in zip(self.hidden, still, strict=True) if same]


def axes(found, cube, name):
    """Return the places of a slice on the axes of segment, region and channel."""
    parts = zip(cube.dimensions, name.split("/"), strict=True)
    return [list(range(len(item.keys))) if key == "*" else [item.keys.index(key)] for item, key in parts]


def months(found, start, grain):
    first = found["months"].index(start)
    return list(range(first, min(first + {"month": 1, "quarter": 3, "year": 12}[grain], len(found["months"]))))


def test_hidden_sales_cannot_be_computed_from_all_that_is_shown(found, cube):
    solver = Solver((*(len(item.keys) for item in cube.dimensions), len(found["months"])))
    every = list(range(len(found["months"])))
    for name, part in found["slices"].items():
        place = axes(found, cube, name)
        for start, value in zip(part["start"], part["orders"], strict=True):
            solver.take(value, *place, months(found, start, part["grain"]))
        solver.take(part["total"] and part["total"]["orders"], *place, every)
    assert len(solver.hidden) > 100
    assert solver.solved() == []


def test_hidden_newcomers_cannot_be_computed_from_all_that_is_shown(found, cube):
    solver = Solver((*(len(item.keys) for item in cube.dimensions), len(found["months"])))
    every = list(range(len(found["months"])))
    for name, part in found["slices"].items():
        place = axes(found, cube, name)
        if not all(value is None for value in part["new_customers"]):
            for start, value in zip(part["start"], part["new_customers"], strict=True):
                solver.take(value, *place, months(found, start, part["grain"]))
        for row in part["retention"]:
            solver.take(row["size"], *place, months(found, f"{row['cohort']}-01", "year"))
        if name.endswith("/*") and part["grain"] == "year":
            solver.take(part["buyers"][0], *place, months(found, part["start"][0], "year"))
        if name.endswith("/*") and part["total"]:
            solver.take(part["total"]["customers"], *place, every)
        if part["frequency"]:
            table = part["frequency"]
            for start, value in zip(table["start"], table["orders"][0], strict=True):
                solver.take(value, *place, months(found, start, table["grain"]))
    assert solver.solved() == []


def test_hidden_frequencies_cannot_be_computed_from_all_that_is_shown(found, cube):
    years = [start for start in found["months"] if start.endswith("-01")]
    bins = list(range(len(dashboard_cube.BINS)))
    solver = Solver((*(len(item.keys) for item in cube.dimensions), len(years), len(bins)))
    for name, part in found["slices"].items():
        place = axes(found, cube, name)
        table = part["frequency"]
        if table:
            assert table["grain"] == "year"
            for kind, at in product(bins, range(len(years))):
                solver.take(table["orders"][kind][at], *place, [at], [kind])
        for row in part["retention"]:
            solver.take(row["size"], *place, [years.index(f"{row['cohort']}-01")], [0])
        by_year: dict[str, list] = {}
        for start, value in zip(part["start"], part["orders"], strict=True):
            by_year.setdefault(start[:4], []).append(value)
        for at, start in enumerate(years):
            if None not in by_year[start[:4]]:
                solver.take(sum(by_year[start[:4]]), *place, [at], bins)
        if part["total"]:
            solver.take(part["total"]["orders"], *place, list(range(len(years))), bins)
    assert solver.solved() == []


def test_hidden_returns_cannot_be_computed_from_all_that_is_shown(found, cube):
    hidden = 0
    for cohort, quarter in product(("2020", "2021", "2022"), range(1, 13)):
        solver = Solver(tuple(len(item.keys) for item in cube.dimensions))
        for name, part in found["slices"].items():
            for row in part["retention"]:
                if row["cohort"] == cohort and quarter < len(row["active"]):
                    solver.take(row["active"][quarter], *axes(found, cube, name))
        if solver.rows:
            assert solver.solved() == [], (cohort, quarter)
        hidden += len(solver.hidden)
    assert hidden > 50


def test_the_solver_solves_what_can_be_solved():
    solver = Solver((2, 2))
    solver.take(10, [0, 1], [0])
    solver.take(8, [0], [0])
    solver.take(None, [1], [0])
    solver.take(None, [1], [1])
    assert solver.solved() == [([1], [0])]


def test_grains_lose_few_orders(found, orders):
    families: dict[tuple, list] = {}
    for name, part in found["slices"].items():
        own = chosen(orders, name)
        at = np.bincount(period_of(own["at"], part["grain"], part["start"]), minlength=len(part["start"]))
        lost = sum(count for count, value in zip(at, part["orders"], strict=True) if value is None)
        families.setdefault(tuple(key != "*" for key in name.split("/")), []).append((part["grain"], lost))
    for kinds in families.values():
        assert len({grain for grain, _ in kinds}) == 1
        assert kinds[0][0] == "year" or sum(lost for _, lost in kinds) <= 0.2 * len(orders)


def test_the_whole_is_small_json_that_says_what_it_lacks(shop):
    data = dashboard.assemble(shop, Facts("GBP"))
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    assert len(text.encode()) < 700_000
    assert "C0000001" not in text
    first = data["test"]["rows"][0]
    assert (first["segment"], first["region"]) == ("*", "*")
    assert first["low_pct"] < first["lift_pct"] < first["high_pct"]
    for row in data["test"]["rows"]:
        assert row["n"] is None or min(row["n"], row["n_control"]) >= SMALLEST
    for row in data["predicted"]:
        assert row["n"] is None or (row["n"] >= SMALLEST and 0 <= row["low"] <= row["probability"] <= row["high"] <= 1)
    assert sum(row["cost"] for row in data["campaigns"]) == pytest.approx(shop.campaigns["cost"].sum())
    assert set(data["applies"]) >= {"sales", "frequency", "retention", "campaigns", "test", "predicted"}


def test_without_orders_segments_have_the_sums_of_their_customers(home, root, write_source):
    (home / "data").mkdir()
    shutil.copy(root / "data" / "segments.yml", home / "data")
    (home / "assets").symlink_to(root / "assets")
    rng = np.random.default_rng(3)
    people = pd.DataFrame(
        {
            "who": [f"c{n}" for n in range(300)],
            "days": rng.integers(1, 400, 300),
            "web": rng.integers(1, 30, 300),
            "wine": rng.gamma(1, 80, 300).round(2),
        }
    )
    columns = "columns: {customer_id: who, recency: days}, spend: {wine: wine}, orders: {web: web}"
    text = f"name: Sums\ncurrency: EUR\ntables: {{customers: {{file: people.csv, {columns}}}}}\n"
    shop = patrons.open(write_source(text, people__csv=people.to_csv(index=False)))
    data = dashboard.assemble(shop, Facts("EUR"))
    assert dashboard_page.present(data) == ["segments"]
    shown = pd.DataFrame(data["sums"]).set_index("segment")
    scored = rfm.score(rfm.measured(shop).customers, shop.analysis.rfm.bins).customers
    counts = scored["segment"].astype(str).value_counts()
    hidden = shown.index[shown["customers"].isna()]
    assert len(hidden) != 1  # one alone could be had by subtraction
    assert all(counts.get(name, 0) >= SMALLEST or counts.get(name, 0) == 0 for name in shown.index.difference(hidden))
    for name in shown.index.difference(hidden):
        mine = people[people["who"].isin(scored.loc[scored["segment"] == name, "customer_id"])]
        assert shown.loc[name].tolist() == pytest.approx([len(mine), mine["web"].sum(), mine["wine"].sum()])
    assert "what each segment spent" in words_dashboard.sentences(Facts("EUR"), data)


@pytest.mark.parametrize(("colour", "same"), [("#b07d0f", True), ("#0b6e8a", False)])
def test_colours_can_be_told_from_the_dark_page(colour, same):
    assert (dashboard.lighter(colour) == colour) == same


def test_levels_keep_the_largest_and_say_where_the_unknown_are():
    counts = pd.Series({f"Town {place}": 20 - place for place in range(9)} | {None: 3})
    found, code = dashboard_cube.levels("region", counts)
    assert len(found.keys) == 8
    assert found.labels[-1] == "Other, or not known"
    assert code[None] == code["Town 8"] == 7
    found, code = dashboard_cube.levels("region", pd.Series({"é": 3, "e": 2}))
    assert found.keys == ("e", "e_1")
