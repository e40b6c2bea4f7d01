"""A quick look at a source's tables: the settings, the headings, and the first rows of each file."""

import tempfile
from pathlib import Path

from patrons.design import make_design
from patrons.problems import SHOWN, Problem
from patrons.settings import Experiment
from patrons.source import Source

ROWS = 10_000


def look(source: Source, name: str) -> tuple[list[Problem], int]:
    """Read and judge the first rows of each file of a table, keeping nothing.

    Returns
    -------
    list of Problem
        The first values that break a rule.
    int
        How many there are among the rows looked at.

    Raises
    ------
    PatronsError
        If the table cannot be used.
    """
    import ibis

    from patrons import read, schemas
    from patrons.clean import clean

    table = source.tables[name]
    needed = [column.theirs for column in schemas.columns(name, table)]
    with tempfile.TemporaryDirectory(prefix="patrons-") as folder:
        staged = read.stage(source.files(name), table.read, needed, Path(folder), most=ROWS)
        con = ibis.duckdb.connect(temp_directory=folder)
        try:
            cleaned = clean(con, name, table, staged, source.settings.reference_date)
            if isinstance(table, Experiment) and staged.rows < ROWS:  # an arm may come first in line
                make_design(table, cleaned.kept.arm.as_table().distinct().to_pandas()["arm"])
            count = cleaned.problems.count().to_pyarrow().as_py()
            first = cleaned.problems.limit(SHOWN).to_pyarrow().to_pylist()
        finally:
            con.disconnect()
    return [Problem(table=name, **row) for row in first], count
