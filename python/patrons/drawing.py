"""Figures of R that are as high as the data need."""

from __future__ import annotations

from collections.abc import Sequence

from IPython.core.getipython import get_ipython


def draw(figure: str, names: Sequence[str], height: float) -> None:
    """Draw a figure of R in a notebook. `%R` is told its height in writing only, and these follow the data.

    Parameters
    ----------
    figure
        The call, in R.
    names
        Variables of the notebook that it uses.
    height
        Inches.
    """
    shell = get_ipython()
    if shell is not None:
        values = " ".join(f"-i {name}" for name in names)
        shell.run_line_magic("R", f"-n {values} -w 7 -h {height} -u in -r 192 print({figure})")
