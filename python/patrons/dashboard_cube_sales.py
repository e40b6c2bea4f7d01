"""Sales of every combination of filters, as finely in time as the privacy of small groups allows.

Each choice of filters (segment and region, say) is a family of slices. All slices of a family are shown by month, by
quarter or by year: as finely as leaves no more than `LOST` of its orders in hidden periods. A family is never shown
more finely than one with fewer filters, so that each adds up to the other and what to hide can be found line by line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from patrons.dashboard_cube import Cube
from patrons.disclosure import Hidden, Lines, every_family, hide, hide_table, with_margins
from patrons.frames import each

GRAINS = ("month", "quarter", "year")
MONTHS = {"month": 1, "quarter": 3, "year": 12}
#: A family is shown at the finest grain that hides at most this share of its orders.
LOST = 0.2
#: Frequencies of a family are left out where more than this would be hidden even by year.
NOT_WORTH = 0.4
ALL = -1
BIN = "bin"
SHOWN, HIDDEN = 1, 2
KEYS = ["kind", "grain", "period", BIN]


@dataclass(frozen=True)
class Sales:
    """What was sold in each slice and period.

    Attributes
    ----------
    cells
        A row per number that the dashboard could show: `kind` (sales: orders, revenue and their buyers; new: first
        orders; frequency: orders by the time since the one before), `grain` (month, quarter, year, all), `period`
        (a number that counts up), `bin` (place in `BINS`; −1: all), the place in each dimension (−1: all), `family`
        (place in `families`), `orders`, `revenue`, `people`, `hidden`.
    families
        Which dimensions are set, as names.
    grains, frequency_grains
        Of each family; None where its frequencies are not shown.
    small
        For each of `cells`, whether it is hidden for its own sake.
    sizes
        Which numbers of customers by segment and region are hidden: see `sizes`.
    """

    cells: pd.DataFrame
    families: tuple[tuple[str, ...], ...]
    grains: Mapping[tuple[str, ...], str]
    frequency_grains: Mapping[tuple[str, ...], str | None]
    small: np.ndarray
    sizes: np.ndarray


class Counts:
    """Orders, revenue and people of a family by grain, counted in the engine when first asked for."""

    def __init__(self, cube: Cube):
        self.cube = cube
        self._found: dict[tuple[tuple[str, ...], str], pd.DataFrame] = {}

    def __call__(self, family: tuple[str, ...], grain: str) -> pd.DataFrame:
        """Return `family`'s columns, `period`, `orders`, `revenue`, `people`, `new`; only what is not empty."""
        if (family, grain) not in self._found:
            orders = self.cube.orders
            keys = [*family, *([] if grain == "all" else [grain])]
            measures = {
                "orders": orders.count(),
                "revenue": orders.revenue.sum(),
                "people": orders.customer_id.nunique(),
                "new": orders["first"].sum(),
            }
            table = orders.group_by(keys).agg(**measures) if keys else orders.aggregate(**measures)
            frame = table.to_pyarrow().to_pandas().rename(columns={grain: "period"})
            frame = frame.assign(period=0) if grain == "all" else frame
            frame["revenue"] = frame["revenue"].astype(float).round(2)
            columns = [*family, "period"]
            frame = frame.sort_values(columns, ignore_index=True)
            self._found[family, grain] = frame.astype(dict.fromkeys([*columns, "orders", "people", "new"], "int64"))
        return self._found[family, grain]


def sales(cube: Cube, smallest: int) -> Sales:
    """Count the sales of each slice and choose what to hide."""
    counts = Counts(cube)
    families = tuple(tuple(cube.names[k] for k in chosen) for chosen in every_family(len(cube.names)))
    grains = _start(counts, families, smallest, {})
    by_bin = {family: (*family, BIN) for family in families}
    finer = _start(counts, tuple(by_bin.values()), smallest, {by_bin[family]: grains[family] for family in families})
    frequency: dict[tuple[str, ...], str | None] = {family: finer[by_bin[family]] for family in families}
    hidden_sizes, audit = sizes(counts, cube, smallest), False
    while True:
        cells = gather(counts, families, grains, frequency)
        people = cells["people"].to_numpy()
        about = _about_customers(cells, cube, hidden_sizes)
        found = hide(
            people,
            lines(cells, cube, families, grains, frequency),
            smallest,
            rank=_rank(cells, families),
            fixed=_fixed(cells, cube, smallest) | (about == SHOWN),
            small=((people > 0) & (people < smallest)) | (about == HIDDEN),
            audit=audit,
        )
        # The audit takes its time: only when it is clear how finely to show what.
        if not _coarser(cells, found, families, grains, frequency):
            if audit:
                break
            audit = True
    if (found.exposed | (found.small & ~found.cells)).any():
        raise ArithmeticError("Small groups could be worked out from the sales of others")
    return Sales(cells.assign(hidden=found.cells), families, grains, frequency, found.small, hidden_sizes)


def sizes(counts: Counts, cube: Cube, smallest: int) -> np.ndarray:
    """Tell which numbers of customers by segment and region are hidden, wherever they would be shown.

    Returns
    -------
    ndarray
        An axis for each of segment and region that there is, sums in the last place.
    """
    names = tuple(name for name in cube.names if name != "channel")
    table = counts(names, "all")
    cells = np.zeros([len(item.keys) for item in cube.dimensions if item.name in names], dtype=np.int64)
    cells[tuple(table[name] for name in names)] = table["people"]
    return hide_table(with_margins(cells), smallest)


def _about_customers(cells: pd.DataFrame, cube: Cube, hidden: np.ndarray) -> np.ndarray:
    """Tell which cells are customers by segment and region, and whether `sizes` shows or hides them."""
    names = [name for name in cube.names if name != "channel"]
    of_them = (cells["grain"] == "all").to_numpy()
    if "channel" in cube.names:
        of_them = of_them & (cells["channel"] == ALL).to_numpy()
    found = np.zeros(len(cells), dtype=int)
    # −1 is the last place, where the sums are.
    places = tuple(cells.loc[of_them, name].to_numpy() for name in names)
    found[of_them] = np.where(hidden[places], HIDDEN, SHOWN)
    return found


def _fixed(cells: pd.DataFrame, cube: Cube, smallest: int) -> np.ndarray:
    """Tell what stands fast because other chapters show it: all sales, and totals by a single filter."""
    kind, grain, family = (cells[name].to_numpy() for name in ("kind", "grain", "family"))
    start = np.array([cube.first_month // MONTHS.get(item, 1) for item in grain])
    # The first orders of the first period are all orders of it.
    same = (kind == "new") & (cells["period"].to_numpy() == start) & (grain != "year")
    enough = (cells["people"] >= smallest).to_numpy()
    sales_of_all = (family == 0) & (kind == "sales") & (grain != "all")
    whole = (family == 0) & ((kind == "sales") | same) & bool(enough[sales_of_all].all())
    return (whole | ((grain == "all") & (family <= len(cube.names)))) & enough


def _start(
    counts: Counts, families: tuple[tuple[str, ...], ...], smallest: int, least: Mapping[tuple[str, ...], str]
) -> dict[tuple[str, ...], str]:
    """Choose the finest grain at which few enough orders fall into periods of too few people."""
    grains: dict[tuple[str, ...], str] = {}
    for family in families:
        parents = [grains[other] for other in grains if set(other) < set(family)]
        first = max([GRAINS.index(grain) for grain in (*parents, least.get(family, "month"))])
        for grain in GRAINS[first:]:
            table = counts(family, grain)
            lost = table.loc[table["people"] < smallest, "orders"].sum() / table["orders"].sum()
            # What has no filter set is shown whole, as finely as nobody needs to be hidden in it.
            if lost <= (LOST if family else 0) or grain == GRAINS[-1]:
                grains[family] = grain
                break
    return grains


def _coarser(
    cells: pd.DataFrame,
    found: Hidden,
    families: tuple[tuple[str, ...], ...],
    grains: dict[tuple[str, ...], str],
    frequency: dict[tuple[str, ...], str | None],
) -> bool:
    """Coarsen, in place, families of which too much is hidden; False if there are none."""
    table = cells.assign(lost=np.where(found.cells, cells["orders"], 0), exposed=found.exposed)
    table = table[(table["grain"] != "all") & (table["kind"] != "new")]
    shares = table.groupby(["kind", "family"])[["lost", "orders", "exposed"]].sum()
    changed = False
    # Sales first: what is hidden of the frequencies hangs on them, and not the other way round.
    for row in each(shares.sort_index(ascending=False).reset_index()):
        kind, family = str(row.kind), families[row.family]
        if changed and kind == "frequency":
            break
        share = 1.0 if row.exposed else row.lost / row.orders
        chosen: dict = grains if kind == "sales" else frequency
        grain = chosen[family]
        if grain is None or share <= (LOST if family else 0):
            continue
        if grain != GRAINS[-1]:
            chosen[family] = GRAINS[GRAINS.index(grain) + 1]
        elif kind == "frequency" and share > NOT_WORTH:
            chosen[family] = None
        else:
            continue
        changed = True
    if changed:
        _in_order(families, grains, frequency)
    return changed


def _in_order(
    families: tuple[tuple[str, ...], ...],
    grains: dict[tuple[str, ...], str],
    frequency: dict[tuple[str, ...], str | None],
) -> None:
    """Let no family be finer than one with fewer filters, nor frequencies finer than sales."""
    for family in families:
        parents = [other for other in families if set(other) < set(family)]
        grains[family] = GRAINS[max(GRAINS.index(grains[other]) for other in (*parents, family))]
        above = [frequency[other] for other in (*parents, family)]
        frequency[family] = (
            None if None in above else GRAINS[max(GRAINS.index(str(grain)) for grain in (*above, grains[family]))]
        )


def gather(
    counts: Counts,
    families: tuple[tuple[str, ...], ...],
    grains: Mapping[tuple[str, ...], str],
    frequency: Mapping[tuple[str, ...], str | None],
) -> pd.DataFrame:
    """Lay out every number that is not empty: see `Sales.cells`, without `hidden`."""
    parts = []
    for place, family in enumerate(families):
        for grain in (grains[family], "all"):
            table = counts(family, grain)
            parts.append(table.assign(kind="sales", grain=grain, family=place))
        # First orders by year are the sizes of the cohorts; by month they are shown without filters alone.
        shown = [] if frequency[family] is None else ["year"]
        shown += [] if family else [grains[family]]
        # With a channel they are no customers of it: those may have come first by another.
        shown += [] if "channel" in family else ["all"]
        for grain in dict.fromkeys(shown):
            table = counts(family, grain)
            own = table.assign(kind="new", grain=grain, family=place, orders=table["new"], people=table["new"])
            parts.append(own[own["new"] > 0].assign(revenue=0.0))
        grain_of_bins = frequency[family]
        if grain_of_bins is not None:
            table = counts((*family, BIN), grain_of_bins)
            parts.append(table.assign(kind="frequency", grain=grain_of_bins, family=place))
    names = list(families[-1])
    cells = pd.concat(parts, ignore_index=True)
    cells[[*names, BIN]] = cells.reindex(columns=[*names, BIN]).fillna(ALL).astype("int64")
    return cells[["kind", "grain", "period", BIN, *names, "family", "orders", "revenue", "people"]]


def _rank(cells: pd.DataFrame, families: tuple[tuple[str, ...], ...]) -> np.ndarray:
    """Hide the least of what is told most finely first; totals over all time last."""
    depth = cells["family"].map({place: len(family) for place, family in enumerate(families)}).to_numpy()
    kind, whole = cells["kind"].to_numpy(), (cells["grain"] == "all").to_numpy()
    entry = (kind == "new") | ((kind == "frequency") & (cells[BIN] == 0).to_numpy())
    depth = depth + ((kind == "frequency") & ~entry) - 0.5 * entry - 10 * whole
    order = np.lexsort((np.arange(len(cells)), cells["orders"].to_numpy(), -depth))
    rank = np.empty(len(cells))
    rank[order] = np.arange(len(cells))
    return rank


def lines(
    cells: pd.DataFrame,
    cube: Cube,
    families: tuple[tuple[str, ...], ...],
    grains: Mapping[tuple[str, ...], str],
    frequency: Mapping[tuple[str, ...], str | None],
) -> Lines:
    """Say which numbers add up to which: along each dimension, over time, over the bins.

    Two numbers are tied where they are one and the same: first orders, and orders in the bin of that name.
    """
    book = _Book(cells, [*cube.names])
    for place, family in enumerate(families):
        grain = grains[family]
        kinds: list[tuple[str, str]] = [
            ("sales", grain),
            ("sales", "all"),
            ("new", grain),
            ("new", "year"),
            ("new", "all"),
        ]
        if frequency[family] is not None:
            kinds.append(("frequency", str(frequency[family])))
        for name in family:
            parent = families.index(tuple(other for other in family if other != name))
            for kind, coarse in dict.fromkeys(kinds):
                fine = _published(kind, coarse, grains[families[parent]], frequency[families[parent]])
                book.add((kind, coarse, place), (kind, fine, parent), coarse, drop=(name,), apart=name != "channel")
        book.add(("sales", grain, place), ("sales", "all", place), "all", apart=False)
        if grain != "year":
            book.add(("new", grain, place), ("new", "year", place), "year", apart=True)
        book.add(("new", "year", place), ("new", "all", place), "all", apart=True)
        own = frequency[family]
        if own is not None:
            book.add(("frequency", own, place), ("sales", grain, place), own, drop=(BIN,), apart=False)
            book.add(("new", grain, place), ("frequency", own, place), own, bins=0, apart=True)
            book.add(("new", "year", place), ("frequency", own, place), "year", bins=0, apart=True)
    return book.lines()


def _published(kind: str, own: str, sales_grain: str, bins_grain: str | None) -> str:
    """Return the grain at which the parent of cells of a grain is shown."""
    if own == "all" or (kind == "new" and own == "year"):
        return own
    return str(bins_grain) if kind == "frequency" else sales_grain


class _Book:
    """Collects lines."""

    def __init__(self, cells: pd.DataFrame, names: list[str]):
        self.cells, self.names = cells, names
        self.groups = cells.groupby(["kind", "grain", "family"]).indices
        self.parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self.apart: list[np.ndarray] = []
        self.count = 0

    def add(
        self,
        children: tuple[str, str, int],
        parents: tuple[str, str, int],
        grain: str,
        drop: tuple[str, ...] = (),
        apart: bool = False,
        bins: int | None = None,
    ) -> None:
        """Add the lines between two groups of cells, matched in periods of a grain."""
        if children not in self.groups or parents not in self.groups:
            return  # what is not shown adds up to nothing
        own, other = self.groups[children], self.groups[parents]
        if bins is not None:
            other = other[self.cells[BIN].to_numpy()[other] == bins]
        names = [name for name in (*self.names, BIN) if name not in drop]
        sides = []
        for places, held, sign in ((own, children[1], 1.0), (other, parents[1], -1.0)):
            table = self.cells.iloc[places]
            key = table[names].copy()
            if bins is not None:
                key[BIN] = ALL
            key["at"] = _coarse(table["period"].to_numpy(), held, grain)
            sides.append(key.assign(cell=places, sign=sign))
        both = pd.concat(sides, ignore_index=True)
        if both.empty:
            return
        number = both.groupby([*names, "at"], sort=False).ngroup().to_numpy()
        self.parts.append((number + self.count, both["cell"].to_numpy(), both["sign"].to_numpy()))
        # A sum over time counts people again and again, whatever else is summed up.
        over_time = parents[1] != grain or children[1] != grain
        self.apart.append(np.full(int(number.max()) + 1, apart and (not over_time or children[0] == "new")))
        self.count += int(number.max()) + 1

    def lines(self) -> Lines:
        """Return all lines."""
        line, cell, sign = (np.concatenate([part[k] for part in self.parts]) for k in range(3))
        return Lines.of(line, cell, sign, np.concatenate(self.apart), len(self.cells))


def _coarse(period: np.ndarray, held: str, grain: str) -> np.ndarray:
    """Carry numbers of periods to a coarser grain."""
    if grain == "all" or held == "all":
        return np.zeros_like(period)
    return period // (MONTHS[grain] // MONTHS[held])
