"""A source whose tables are built: what it says of itself, and its tables, read when they are first asked for."""

import os
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from patrons import paths
from patrons.schemas import EXAMPLES
from patrons.settings_analysis import Analysis
from patrons.source import Source
from patrons.stop import ChapterStop, SectionStop

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    from ibis import BaseBackend


class Opened:
    """The tables of a source; each that is used is counted among the inputs of the chapter that uses it."""

    def __init__(self, source: Source):
        self.source = source

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

    def require(self, *tables: str, part: Literal["chapter", "section"] = "chapter") -> None:
        """End the chapter, or the section, in an orderly way if a table is missing, saying what to add.

        Raises
        ------
        ChapterStop
            Naming the table and the least that `source.yml` must say about it; `SectionStop` for a section.
        """
        for table in tables:
            if not self.has(table):
                stop = SectionStop if part == "section" else ChapterStop
                raise stop(
                    f"This {part} needs a table `{table}`, which the source *{self.name}* does not have. "
                    f"Add to its `tables:` in source.yml: `{EXAMPLES[table]}`."
                )

    @cached_property
    def engine(self) -> "BaseBackend":
        """The Ibis connection where transaction-sized work runs."""
        from patrons import engine

        return engine.connect(self.source.settings.engine)

    @cached_property
    def transactions(self) -> "ir.Table":
        """The kept purchases, as a table of the engine."""
        return self.engine.read_parquet(self._built("transactions"), table_name="transactions")

    def table(self, name: str) -> "ir.Table":
        """Return the kept rows of a table as a table of the engine, whatever their number."""
        if name == "transactions":
            return self.transactions
        return self.engine.read_parquet(self._built(name), table_name=name)

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

    def has_column(self, table: str, column: str) -> bool:
        """Tell whether the source maps a column of a table, or it follows from those that it maps."""
        import pyarrow.parquet as pq

        return self.has(table) and column in pq.read_schema(self._built(table)).names

    def fingerprint(self, table: str) -> str:
        """Return the text that says from what a table was built: its settings, the code, its files' bytes."""
        return self._built(table).with_suffix(".fingerprint").read_text(encoding="utf-8")

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
