"""What tests of every floor share: where things are."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder with real data sets, which are not part of the repository."""
    folder = os.environ.get("PATRONS_REFERENCE_DATA")
    if not folder:
        pytest.skip("PATRONS_REFERENCE_DATA does not name a folder of real data")
    return Path(folder)
