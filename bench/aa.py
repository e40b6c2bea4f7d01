"""Two thousand tests in which nothing was offered: how often each way of reading finds something all the same.

Each test has two arms of a thousand people who come in over thirty days; spending is skewed and mostly zero, as in
a shop, and follows what people spent before. A way of reading that keeps its word finds an effect in 5 % of them, give
or take the error of counting two thousand; one that holds at every look finds one in at most 5 % although somebody
looks every day. CUPED is held against the width that the correlation predicts.
"""

from collections.abc import Iterator

import pandas as pd
from scipy import stats

from patrons import truth_alarms
from patrons.limits import ALPHA

TESTS = 2000


def run(tests: int = TESTS) -> Iterator[str]:
    """Yield a line per way of reading, and one on CUPED."""
    found = pd.DataFrame(truth_alarms.simulated(range(tests)))
    low, high = (int(edge) for edge in stats.binom.interval(0.99, tests, ALPHA))
    yield f"{tests:,} tests without an effect; {ALPHA:.0%} of them are {low} to {high} in 99 of 100 cases"
    for row in truth_alarms.count(found.to_dict("records"), truth_alarms.READINGS).itertuples():
        verdict = "yes" if row.alarms <= high and (row.alarms >= low or row.reading in truth_alarms.AT_MOST) else "NO"
        verdict = "(what peeking does)" if row.reading == truth_alarms.PEEKING else verdict
        yield f"{row.reading:32} {row.alarms:5d}  {row.share:6.2%}  {verdict}"
    off = found["narrowed"] / found["predicted"] - 1
    yield (
        f"CUPED: intervals {found['narrowed'].mean():.4f} as wide; √(1 − r²) is {found['predicted'].mean():.4f}; "
        f"apart {off.mean():+.2%} on average, {off.abs().max():.2%} at most"
    )
