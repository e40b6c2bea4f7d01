"""Over a hundred small worlds, how often the 95 % interval of each planted effect holds its truth.

If the intervals are right, the number of worlds in which one holds the truth is binomial. The band beside it is that of
a binomial count of 95 %, widened for the number of effects (Šidák), so that all of them lie in it 99 times of 100.
"""

from collections.abc import Iterator

import pandas as pd
from scipy import stats

from patrons import world_check
from patrons.world_draw import Parameters

WORLDS = 100
SIZE = {"customers": 2_000, "orders": 10_000}
LEVEL = 0.95


def run() -> Iterator[str]:
    """Yield a line per effect, and a last one that says how many lie outside the band."""
    inside, off = [], []
    for seed in range(WORLDS):
        found = world_check.estimate(world_check.draw(Parameters(**SIZE, seed=seed))).set_index("effect")
        distance = (found["estimate"] - found["truth"]) / found["error"]
        inside.append(distance.abs() < stats.norm.ppf(0.5 + LEVEL / 2))
        off.append(distance)
    held, distance = pd.DataFrame(inside).sum(), pd.DataFrame(off)
    each = 0.99 ** (1 / len(held))
    low, high = (int(edge) for edge in stats.binom.interval(each, WORLDS, LEVEL))
    yield f"{WORLDS} worlds of {SIZE['customers']:,} customers; band for the number of worlds: {low} to {high}"
    yield f"{'effect':48} {'holds':>6} {'mean distance':>14}  (in standard errors)"
    for name, count in held.items():
        mark = "" if low <= count <= high else "  outside"
        yield f"{name:48} {count:6d} {distance[name].mean():+14.2f}{mark}"
    outside = int(((held < low) | (held > high)).sum())
    yield f"{held.sum() / held.size / WORLDS:.1%} of all intervals hold their truth; {outside} effects outside the band"
