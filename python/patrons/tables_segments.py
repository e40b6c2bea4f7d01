"""Tables of the chapter on groups of customers."""

from __future__ import annotations

import pandas as pd

from patrons import theme
from patrons.clusters_pictures import short
from patrons.frames import each
from patrons.words_segments import judged

DASH = "–"


def groups(summary: pd.DataFrame, titles: dict[str, str]) -> pd.DataFrame:
    """Write out the size of each group and what a typical customer of it is like.

    Parameters
    ----------
    summary
        What `clusters_pictures.summarise` returns, made `public`.
    titles
        Feature → heading.
    """
    rows = []
    for row in each(summary):
        few = pd.isna(row.customers)
        line = {"": str(row.segment), "Group": row.name}
        line["Customers"] = "too few to show" if few else theme.number(row.customers)
        line["Share"] = DASH if few else theme.percent(row.customer_share)
        rows.append(
            line | {title: DASH if few else short(summary.loc[row.Index, name]) for name, title in titles.items()}
        )
    return pd.DataFrame(rows)


def firmness(table: pd.DataFrame) -> pd.DataFrame:
    """Write out how well each group is found again, in Python and in R.

    Parameters
    ----------
    table
        `segment`, `name`, `jaccard`, `low`, `high`, `jaccard_r`.
    """
    return pd.DataFrame(
        {
            "": [str(item) for item in table["segment"]],
            "Group": table["name"],
            "Jaccard": [f"{value:.2f}" for value in table["jaccard"]],
            "Middle 95\u00a0%": [f"{row.low:.2f} to {row.high:.2f}" for row in each(table)],
            "In R": [f"{value:.2f}" for value in table["jaccard_r"]],
            "Verdict": [judged(value) for value in table["jaccard"]],
        }
    )
