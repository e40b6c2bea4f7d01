"""A source's tables, opened for a chapter: built if need be, and counted among what the chapter depends on."""

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patrons import facts, paths
from patrons.design import Design, make_design
from patrons.errors import PatronsError
from patrons.schemas import EXAMPLES
from patrons.settings import Analysis
from patrons.source import Source, load, slug
from patrons.stop import ChapterStop

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import pandas as pd
    from ibis import BaseBackend

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


class Shop:
    """A source whose tables are built. Tables are read when they are first asked for."""

    def __init__(self, source: Source):
        self.source = source
        self.facts = facts.of_chapter(source.settings.currency)

    @property
    def name(self) -> str:
        """What the source calls itself."""
        return self.source.settings.name

    @property
    def currency(self) -> str | None:
        """The currency's three letters, or None."""
        return self.source.settings.currency

    @property
    def analysis(self) -> Analysis:
        """Choices of the analysis."""
        return self.source.settings.analysis

    @cached_property
    def reference_date(self) -> datetime:
        """ "Today": as the source says, otherwise the last order's time plus one day.

        Raises
        ------
        ChapterStop
            If the source neither says it nor has orders.
        """
        if self.source.settings.reference_date is not None:
            return self.source.settings.reference_date
        if not self.has("transactions"):
            raise ChapterStop(
                "This chapter needs to know today's date: add `reference_date: 2024-01-31` to source.yml."
            )
        last = self.transactions.ordered_at.max().to_pyarrow().as_py()
        return last + timedelta(days=1)

    def has(self, table: str) -> bool:
        """Tell whether the source has a table."""
        return table in self.source.tables

    def require(self, *tables: str) -> None:
        """End the chapter in an orderly way if a table is missing, saying what to add.

        Raises
        ------
        ChapterStop
            Naming the table and the least that `source.yml` must say about it.
        """
        for table in tables:
            if not self.has(table):
                raise ChapterStop(
                    f"This chapter needs a table `{table}`, which the source *{self.name}* does not have. "
                    f"Add to its `tables:` in source.yml: `{EXAMPLES[table]}`."
                )

    @cached_property
    def engine(self) -> "BaseBackend":
        """The Ibis connection where transaction-sized work runs."""
        import ibis

        return ibis.connect(self.source.settings.engine)

    @cached_property
    def transactions(self) -> "ir.Table":
        """The kept purchases, as a table of the engine."""
        return self.engine.read_parquet(self._built("transactions"), table_name="transactions")

    @cached_property
    def customers(self) -> "pd.DataFrame":
        """The kept customers."""
        return self._frame("customers")

    @cached_property
    def campaigns(self) -> "pd.DataFrame":
        """The kept campaigns."""
        return self._frame("campaigns")

    @cached_property
    def engagement(self) -> "pd.DataFrame":
        """The kept months of customers."""
        return self._frame("engagement")

    @cached_property
    def experiment(self) -> "pd.DataFrame":
        """The kept rows of the test: arm, outcomes, covariates and segments under their own names."""
        return self._frame("experiment")

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
        content = json.loads((self._built(table).with_name(f"{table}.ledger.json")).read_text(encoding="utf-8"))
        return Ledger(
            table, content["rows_read"], content["rows_kept"], content["set_aside"], content["without_customer"]
        )

    @cached_property
    def customer_features(self) -> "pd.DataFrame":
        """Recency, frequency, monetary value and their kin, a row per customer."""
        from patrons.features import customer_features

        return customer_features(self.transactions, self.reference_date).to_pandas()

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

    def _built(self, table: str) -> Path:
        """Return a built table's file, and count the table among the chapter's inputs."""
        self.require(table)
        folder = paths.built(self.source.key)
        declare_input(self.source.path, folder / f"{table}.fingerprint")
        return folder / f"{table}.parquet"

    def _frame(self, table: str) -> "pd.DataFrame":
        import pyarrow.parquet as pq

        return pq.read_table(self._built(table)).to_pandas()


def declare_input(*files: Path) -> None:
    """Count files among the inputs of the chapter that is being executed."""
    record = os.environ.get("CHAPTER_INPUTS")
    if record:
        with Path(record).open("a", encoding="utf-8") as handle:
            handle.writelines(f"{file}\n" for file in files)


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
