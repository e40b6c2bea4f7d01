"""A source as chapters see it: opened (built if need be), with its ledger, features and facts."""

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from patrons import facts, paths
from patrons.design import Design, make_design
from patrons.errors import PatronsError
from patrons.opened import Opened, declare_input
from patrons.settings import Customers
from patrons.source import Source, load, slug
from patrons.stop import SectionStop
from patrons.treatments import Treatment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import ibis.expr.types as ir
    import numpy as np
    import pandas as pd

    from patrons.features_time import Period

PLANTED = "planted"  # `simulate.PLANTED`, which a chapter need not import for it
# A spreadsheet takes what begins so for a formula.
FORMULA = re.compile(r"^[=+\-@\t\r]")


@dataclass(frozen=True)
class Ledger:
    """What became of a table's rows.

    Attributes
    ----------
    table : str
    rows_read, rows_kept : int
        Read = kept + set aside, always.
    set_aside : dict of str to int
        Rows set aside, by reason, the most frequent first.
    without_customer : int
        Kept rows that do not say who: they count in sales, not where customers are counted.
    """

    table: str
    rows_read: int
    rows_kept: int
    set_aside: dict[str, int]
    without_customer: int

    @property
    def rows_set_aside(self) -> int:
        """Rows set aside, for whatever reason."""
        return sum(self.set_aside.values())

    def by_slug(self) -> dict[str, int]:
        """Return the rows set aside by the slug of their reason, as in the ids of facts."""
        counts: dict[str, int] = {}
        for reason, rows in self.set_aside.items():
            counts[slug(reason)] = counts.get(slug(reason), 0) + rows
        return counts

    def to_frame(self) -> "pd.DataFrame":
        """Return a row per reason (columns reason, rows, share), with what was kept first."""
        import pandas as pd

        counts = {"kept": self.rows_kept, **self.set_aside}
        frame = pd.DataFrame({"reason": list(counts), "rows": list(counts.values())})
        return frame.assign(share=frame["rows"] / self.rows_read)


class Shop(Opened):
    """A source as chapters see it: its tables, what became of their rows, features, facts."""

    def __init__(self, source: Source):
        super().__init__(source)
        self.facts = facts.of_chapter(source.settings.currency, source.settings.analysis.privacy.smallest_group)

    @cached_property
    def design(self) -> Design:
        """How the test was set up.

        Raises
        ------
        PatronsError
            If the control or the allocation does not fit the arms that there are.
        """
        self.require("experiment")
        return make_design(self.source.tables["experiment"], self.experiment["arm"].unique())  # type: ignore[arg-type]

    def ledger(self, table: str) -> Ledger:
        """Return what became of a table's rows."""
        content = self._ledger(table)
        return Ledger(
            table, content["rows_read"], content["rows_kept"], content["set_aside"], content["without_customer"]
        )

    def _ledger(self, table: str) -> dict[str, Any]:
        return json.loads((self._built(table).with_name(f"{table}.ledger.json")).read_text(encoding="utf-8"))

    def treatments(self, *tables: str) -> "pd.DataFrame":
        """Say what was done about missing values and outliers.

        Parameters
        ----------
        tables
            Which tables; all that the source has unless named.

        Returns
        -------
        DataFrame
            A row per treatment, in the order in which they were done: ``table`` and the fields of
            `treatments.Treatment`: column, problem (missing | outliers), action, rule, limit, log, center, spread,
            low, high, fill, rows, other_rows.
        """
        return self._written(tables, ("treatments",), list(Treatment.__dataclass_fields__))

    def before_after(self, *tables: str) -> "pd.DataFrame":
        """Measure what each step of cleaning did to the numbers of a table.

        Returns
        -------
        DataFrame
            A row per step and measure, in the order of the steps: ``table``; ``column`` that was treated; ``problem``
            (set aside | missing | outliers); ``action`` (the reason, or what was done); ``of``, the column that is
            measured; ``measure`` (rows, missing, sum, mean, median, sd, min, max, distinct); ``before``; ``after``;
            ``without`` (with the rows left out that it touched); ``rows`` touched. Steps that touched no row are left
            out. Setting rows aside by reason is measured in transactions, by rows, sum and mean of amount.
        """
        columns = ["column", "problem", "action", "of", "measure", "before", "after", "without", "rows"]
        return self._written(tables, ("told", "effects"), columns)

    def before_after_histograms(self, *tables: str) -> "pd.DataFrame":
        """Count the values of each treated column of numbers in bars, before and after its treatment.

        Returns
        -------
        DataFrame
            ``table``, ``column``, ``problem``, ``action``, ``low``, ``high`` (of the bar; equal ratios where
            logarithms were judged), ``before``, ``after``.
        """
        return self._written(tables, ("histograms",), ["column", "problem", "action", "low", "high", "before", "after"])

    def problems(self) -> "pd.DataFrame":
        """Count the values that break a rule of validation, without showing any.

        Returns
        -------
        DataFrame
            ``table``, ``column`` (as the file calls it), ``rule``, ``outcome`` (row set aside | value left out | kept),
            ``todo``, ``rows``.
        """
        import pandas as pd
        import pyarrow.parquet as pq

        keys = ["column", "rule", "outcome", "todo"]
        found = []
        for table in self.source.tables:
            file = self._built(table).with_name(f"{table}.problems.parquet")
            counted = pq.read_table(file, columns=keys).group_by(keys).aggregate([([], "count_all")]).to_pandas()
            found.append(counted.rename(columns={"count_all": "rows"}).assign(table=table))
        together = pd.concat(found, ignore_index=True)[["table", *keys, "rows"]]
        return together.sort_values(["table", "rows", *keys], ascending=[True, False, *[True] * len(keys)])

    def _written(self, tables: tuple[str, ...], parts: tuple[str, ...], columns: list[str]) -> "pd.DataFrame":
        """Gather what the ledgers of some tables have to say."""
        import pandas as pd

        rows: list[dict[str, Any]] = []
        for table in tables or self.source.tables:
            treated = self._ledger(table)["treated"]
            rows += [{"table": table, **row} for part in parts for row in treated[part]]
        return pd.DataFrame(rows, columns=["table", *columns])

    @cached_property
    def customer_features(self) -> "pd.DataFrame":
        """Recency, frequency, monetary value and their kin, a row per customer.

        From the transactions (`features.customer_features`); where the source has none, from what its table of
        customers sums up (`features_columns.customer_features`).
        """
        if self.has("transactions"):
            from patrons import features

            when = self.reference_date
            return self._stored("customers", when, lambda: features.customer_features(self.transactions, when))
        from patrons import features_columns

        today = self.source.settings.reference_date
        return features_columns.customer_features(self.customers, self._customers_table, today)

    def features_at(self, moment: "datetime") -> "pd.DataFrame":
        """Return recency, frequency, monetary value and their kin as they stood at a moment.

        `features.customer_features` from what had been sold before it; customers whose first order came later are no
        rows.
        """
        from patrons import features

        def compute() -> "ir.Table":
            return features.customer_features(features.before(self.transactions, moment), moment)

        return self._stored(f"customers-{moment:%Y%m%d%H%M%S}", moment, compute)

    def outcomes(self, start: "datetime", end: "datetime | None" = None) -> "pd.DataFrame":
        """Sum up what each customer did from a moment to another (default: the reference date): `features.outcomes`."""
        from patrons import features

        until = end or self.reference_date
        name = f"outcomes-{start:%Y%m%d%H%M%S}-{until:%Y%m%d%H%M%S}"
        return self._stored(name, (start, until), lambda: features.outcomes(self.transactions, start, until))

    @cached_property
    def planted(self) -> "pd.DataFrame | None":
        """What is true of each customer of the simulated world: ``customer_id``, ``kind``, ``rate``, ….

        None for any other source.
        """
        import pandas as pd

        file = paths.home() / "data" / "raw" / f"{PLANTED}.csv"
        if self.source.path != paths.default_source() or not file.is_file():
            return None
        declare_input(file)
        return pd.read_csv(file)

    @cached_property
    def clv(self) -> "pd.DataFrame":
        """x, t_x, T and m_x of each customer up to the end of calibration (`features.clv_statistics`).

        Calibration ends at `analysis.lifetime.calibration_end`, otherwise with the reference date.
        """
        from patrons import features

        unit = self.analysis.lifetime.time_unit
        end = self.analysis.lifetime.calibration_end or self.reference_date.date()
        return self._stored("clv", (unit, end), lambda: features.clv_statistics(self.transactions, unit, end))

    @cached_property
    def gaps(self) -> "pd.DataFrame":
        """Days between each customer's consecutive orders: customer_id, gap (`features.gaps`)."""
        from patrons import features

        return self._stored("gaps", (), lambda: features.gaps(self.transactions))

    @cached_property
    def cohorts(self) -> "pd.DataFrame":
        """Customers by month of first order and months since (`features_time.cohorts`)."""
        from patrons import features_time

        when = self.reference_date
        return self._stored("cohorts", when, lambda: features_time.cohorts(self.transactions, when))

    def series(self, period: "Period") -> "pd.DataFrame":
        """Orders, revenue and customers of each day, week or month, without holes (`features_time.series`)."""
        from patrons import features_time

        return self._stored(f"series-{period}", (), lambda: features_time.series(self.transactions, period))

    def pairs(self, by: str = "category") -> "pd.DataFrame":
        """Which categories or products are bought together (`features_items.pairs`).

        Pairs in fewer orders than `analysis.privacy.smallest_group` are left out.
        """
        from patrons import features_items

        least = self.analysis.privacy.smallest_group
        self._require_column(by)
        return self._stored(f"pairs-{by}", least, lambda: features_items.pairs(self.transactions, by, least))

    def spend_by(self, by: str) -> "pd.DataFrame":
        """Sum up sales by category, channel, region or product (`features_items.spend_by`).

        Where the source has no transactions, from its customers' `spend` and `orders`
        (`features_columns.spend_by`), by category and channel.
        """
        from patrons import features_columns, features_items

        if not self.has("transactions") and self.has("customers"):
            found = features_columns.spend_by(self.customers, self._customers_table, by)
            return self._or_stop(found, by)
        self._require_column(by)
        return self._stored(f"spend-{by}", (), lambda: features_items.spend_by(self.transactions, by))

    def customer_spend(self, by: str) -> "pd.DataFrame":
        """Sum up each customer's orders and revenue by category or channel: a row per customer and value."""
        from patrons import features, features_columns

        if not self.has("transactions") and self.has("customers"):
            found = features_columns.customer_spend(self.customers, self._customers_table, by)
            return self._or_stop(found, by)
        self._require_column(by)
        return self._stored(f"customers-{by}", (), lambda: features.customer_spend(self.transactions, by))

    def rng(self, name: str) -> "np.random.Generator":
        """Return a generator of random numbers of its own for each name, seeded from `analysis.seed`."""
        import numpy as np

        own = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
        return np.random.default_rng([self.analysis.seed, own])

    def publish(self, label: str, table: "pd.DataFrame") -> Path | None:
        """Write the data behind a figure or table for readers, where its caption links to them.

        Texts that a spreadsheet would take for a formula are prefixed with an apostrophe.

        Returns
        -------
        Path or None
            The file; None where no chapter is being executed.

        Raises
        ------
        PatronsError
            If the table has a row about each customer.
        """
        names = [str(name) for name in (*table.columns, *table.index.names) if name is not None]
        if "customer_id" in names:
            raise PatronsError(f"{label}: rows about single customers are not published; aggregate them first")
        folder = os.environ.get("CHAPTER_FILES")
        if folder is None:
            return None
        target = Path(folder) / "data" / f"{label}.csv"
        safe = table.map(_safe)
        safe.columns = [_safe(str(name)) for name in table.columns]
        keep_index = any(name is not None for name in table.index.names)
        with paths.replacing(target) as part:
            safe.to_csv(part, index=keep_index, lineterminator="\n")
        return target

    def _stored(
        self, name: str, parameters: object, compute: "Callable[[], ir.Table | pd.DataFrame]"
    ) -> "pd.DataFrame":
        """Return features of the transactions, computed once per state of the data."""
        from patrons.features_store import stored

        mark = self._built("transactions").with_suffix(".fingerprint")
        origin = mark.read_text(encoding="utf-8") + self.source.settings.engine
        return stored(mark.parent, name, origin, parameters, compute)

    @property
    def _customers_table(self) -> Customers:
        self.require("customers")
        return cast(Customers, self.source.tables["customers"])

    def _require_column(self, column: str) -> None:
        self.require("transactions")
        if not self.has_column("transactions", column):
            raise SectionStop(
                f"This section needs a column `{column}` of `transactions`, which *{self.name}* does not map. "
                f"Add to its `columns:` in source.yml: `{column}: …`."
            )

    def _or_stop(self, found: "pd.DataFrame | None", by: str) -> "pd.DataFrame":
        if found is None:
            what = {"category": "spend: {wine: …}", "channel": "orders: {web: …}"}.get(by, "transactions")
            raise SectionStop(
                f"This section needs sales by {by}, which *{self.name}* does not have. "
                f"Add to `customers:` in source.yml: `{what}`."
            )
        return found


def open_shop(source: Path | str | None = None) -> Shop:
    """Open a source, building what is not up to date.

    The building is done by a process of its own: it needs far more modules than a chapter does, and reads
    files that a chapter should not depend on.

    Raises
    ------
    PatronsError
        If the source or its data need attention.
    """
    path = Path(source) if source else paths.chosen_source()
    here = [str(Path(__file__).resolve().parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(here)}
    command = [sys.executable, "-m", "patrons", "build", "--source", str(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PatronsError(done.stderr.strip() or f"{' '.join(command)} failed with {done.returncode}")
    return Shop(load(path, paths.default_source()))


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value
