"""One look for every table: hairlines, no boxes, numbers in line; great_tables objects for page and paper alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from great_tables import GT

from patrons import theme


def table(
    frame: pd.DataFrame, labels: Mapping[str, str], name: str, right: Sequence[str] = (), group: str | None = None
) -> GT:
    """Lay out the columns of a data frame that have a label, in the order of the labels.

    Parameters
    ----------
    frame
        The rows.
    labels
        Column → heading.
    name
        Identifier of the table on its page, such as the label of its cell; it makes the HTML the same each time.
    right
        Columns of text to line up at the right, such as numbers with their units; numbers do so anyway.
    group
        A column whose values become headings within the table.

    Returns
    -------
    GT
        Ready for great_tables' `fmt_…` methods.
    """
    shown = frame.loc[:, [*labels, *([group] if group else [])]].reset_index(drop=True)
    numbers = [key for key in labels if pd.api.types.is_numeric_dtype(shown[key]) or key in right]
    ink, line = theme.colour("ink"), theme.colour("line")
    return (
        GT(shown, id=f"{name}-table", groupname_col=group)
        .cols_label(dict(labels))
        .cols_align("left")
        .cols_align("right", columns=numbers)
        .sub_missing(missing_text="–")
        .tab_options(
            table_width="100%",
            table_font_names=["Inter", "sans-serif"],
            table_font_size="inherit",
            table_border_top_style="none",
            table_border_bottom_style="none",
            column_labels_font_weight="600",
            column_labels_border_top_style="none",
            column_labels_border_bottom_color=ink,
            column_labels_border_bottom_width="1px",
            table_body_hlines_color=line,
            table_body_border_top_style="none",
            table_body_border_bottom_color=line,
            table_body_border_bottom_width="1px",
            data_row_padding="7px",
        )
    )


def lined_up(frame: pd.DataFrame, name: str) -> GT:
    """Lay out a table whose numbers are written out already: names at the left, everything else at the right.

    Where a column says the arm, the rows of one outcome stand together under its name.
    """
    group = str(frame.columns[0]) if "Arm" in frame.columns[1:] else None
    labels = {str(key): str(key) for key in frame.columns if key != group}
    names = [key for key in labels if key in ("Outcome", "Arm", "Profit")]
    return table(frame, labels, name, right=[key for key in labels if key not in names], group=group)
