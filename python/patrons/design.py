"""How a randomised test was set up: what the source says of it, fitted to the arms that there are."""

from collections.abc import Iterable
from dataclasses import dataclass

from patrons.errors import PatronsError
from patrons.settings import Experiment
from patrons.source import nearest, slug

CONTROL_NAMES = ("control", "control_group", "placebo", "none", "baseline")


@dataclass(frozen=True)
class Design:
    """A randomised test.

    Attributes
    ----------
    control : str
        The arm the others are compared with.
    arms : tuple of str
        All arms, the control first, the others as `allocation` lists them, otherwise in order of name.
    allocation : dict of str to float
        Share of the people expected in each arm; they sum to 1.
    outcomes : dict of str to str
        Column of each outcome: binary, money or number.
    covariates, segments : tuple of str
        Columns measured before assignment; columns that part people into groups.
    """

    control: str
    arms: tuple[str, ...]
    allocation: dict[str, float]
    outcomes: dict[str, str]
    covariates: tuple[str, ...]
    segments: tuple[str, ...]


def make_design(table: Experiment, arms: Iterable[str]) -> Design:
    """Fit what a source says of its test to the arms that are in the data.

    Without a `control`, an arm that is called control (or placebo, baseline, none) is taken for it.

    Raises
    ------
    PatronsError
        If they do not fit.
    """
    found = sorted(arms)
    known = ", ".join(repr(arm) for arm in found)
    if len(found) < 2:
        raise PatronsError(f"a test compares at least two arms; here there is only {known}")
    control = table.control
    if control is None:
        control = next((arm for arm in found if slug(arm) in CONTROL_NAMES), None)
        if control is None:
            raise PatronsError(f"control is missing: say which arm the others are compared with: {known}")
    elif control not in found:
        raise PatronsError(f"control: no arm is called {control!r}{nearest(control, found)} The arms are {known}.")
    if table.allocation and set(table.allocation) != set(found):
        raise PatronsError(f"allocation must give each arm its share, and no other: {known}")
    weights = table.allocation or dict.fromkeys(found, 1.0)
    ordered = (control, *(arm for arm in weights if arm != control))
    total = sum(weights.values())
    shares = {arm: weights[arm] / total for arm in ordered}
    return Design(control, ordered, shares, dict(table.outcomes), table.covariates, table.segments)
