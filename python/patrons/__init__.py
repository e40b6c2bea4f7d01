"""A reproducible statistical report on a shop's customers and campaigns.

Chapters begin with ``shop = patrons.open()``.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from patrons.errors import PatronsError
from patrons.stop import ChapterStop, SectionStop

if TYPE_CHECKING:
    from patrons.shop import Shop

__all__ = ["ChapterStop", "PatronsError", "SectionStop", "open"]


def open(source: Path | str | None = None) -> "Shop":
    """Open a source of data, building its tables if they are not up to date.

    Parameters
    ----------
    source
        A `source.yml`; default `$PATRONS_SOURCE`, otherwise the project's data/source.yml.

    Returns
    -------
    patrons.shop.Shop
        Its tables, settings and facts.

    Raises
    ------
    PatronsError
        If the source or its data need attention.
    """
    from patrons.shop import open_shop  # imported here so that the command line starts quickly

    return open_shop(source)
