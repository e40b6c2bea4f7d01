"""Over a hundred small worlds, how often the 95 % interval of each planted effect holds its truth.

If the intervals are right, the number of worlds in which one holds the truth is binomial. The band beside it is that of
a binomial count of 95 %, widened for the number of effects (Šidák), so that all of them lie in it 99 times of 100.
"""

from collections.abc import Iterator

from patrons import truth_worlds

WORLDS = 100
LEVEL = 0.95


def run() -> Iterator[str]:
    """Yield a line per effect, and a last one that says how many lie outside the band."""
    found = truth_worlds.cover(truth_worlds.distances(range(WORLDS)))
    low, high = truth_worlds.band(WORLDS, LEVEL, len(found.effects), sure=0.99)
    people = truth_worlds.SIZE["customers"]
    yield f"{WORLDS} worlds of {people:,} customers; band for the number of worlds: {low} to {high}"
    yield f"{'effect':48} {'holds':>6} {'mean distance':>14}  (in standard errors)"
    for row in found.effects.itertuples():
        mark = "" if low <= row.holds <= high else "  outside"
        yield f"{row.effect:48} {row.holds:6d} {row.distance:+14.2f}{mark}"
    outside = int((~found.effects["holds"].between(low, high)).sum())
    yield f"{found.share:.1%} of all intervals hold their truth; {outside} effects outside the band"
