"""K-means from the same starts in scikit-learn and R, and the choice of the number of groups of 100,000 customers.

Both languages use one thread, and their seconds are those of the processor: what else runs does not count.
"""

import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from bench.timing import medians
from patrons import clusters, clusters_choice, clusters_study, r

CUSTOMERS, K, STARTS, ROUNDS = 100_000, 5, 10, 3
FEATURES = ["recency", "frequency", "monetary"]
R_CODE = """
function(points, starts, algorithm) {
  points <- as.matrix(points)
  best <- Inf
  begin <- sum(proc.time()[1:2])
  for (start in starts) {
    found <- suppressWarnings(stats::kmeans(points, as.matrix(start), iter.max = 1000, algorithm = algorithm))
    best <- min(best, found$tot.withinss)
  }
  data.frame(inertia = best, seconds = sum(proc.time()[1:2]) - begin)
}
"""


def customers(rng: np.random.Generator, n: int = CUSTOMERS) -> pd.DataFrame:
    """Draw customers like those of a shop: four kinds that overlap."""
    kind = rng.choice(4, n, p=[0.2, 0.4, 0.25, 0.15])
    orders = rng.negative_binomial(2, 2 / (2 + np.array([14, 6, 2, 3])[kind])) + 1
    value = orders * rng.lognormal(np.array([4.8, 4.4, 4.0, 4.2])[kind], 0.5)
    recency = rng.exponential(np.array([30, 90, 200, 400])[kind]).astype(int)
    return pd.DataFrame({"recency": recency, "frequency": orders, "monetary": value.round(2)})


def run() -> Iterator[str]:
    """Yield a line for each algorithm, and one for the choice of the number of groups."""
    rng = np.random.default_rng(1)
    table = customers(rng)
    points = clusters.matrix(table, FEATURES, "log", "standard")
    starts = [points[rng.choice(len(points), K, replace=False)] for _ in range(STARTS)]
    yield from _against_r(points, starts)
    begin, worked = time.perf_counter(), time.process_time()
    fits = clusters.cluster_each(table, FEATURES, "log", "standard", range(2, clusters_study.MOST + 1), rng)
    criteria, _ = clusters_study.judge(fits, rng)
    choice = clusters_choice.choose(criteria, smallest=5)
    spent, worked = time.perf_counter() - begin, time.process_time() - worked
    yield (
        f"choice of k from 2 to {clusters_study.MOST}, {CUSTOMERS:,} customers: {spent:.1f} s, of them {worked:.1f} s "
        f"of one processor; k = {choice.k}"
    )


def _against_r(points: np.ndarray, starts: list[np.ndarray]) -> Iterator[str]:
    from rpy2 import robjects

    inertia: dict[str, float] = {}
    columns = ["x1", "x2", "x3"]
    frame, lists = pd.DataFrame(points, columns=columns), [pd.DataFrame(start, columns=columns) for start in starts]
    r.use("theme")
    in_r = robjects.r(R_CODE)
    sent = r.to_r(frame), r.to_r(lists)

    def with_r(algorithm: str) -> Callable[[], float]:
        def measure() -> float:
            found = r.from_r(in_r(*sent, algorithm)).iloc[0]
            inertia[f"R kmeans, {algorithm}"] = found["inertia"]
            return float(found["seconds"])

        return measure

    def with_sklearn() -> float:
        begin = time.process_time()
        with threadpool_limits(1):
            fits = [KMeans(K, init=start, n_init=1, max_iter=1000, tol=0).fit(points) for start in starts]
        inertia["scikit-learn"] = min(fit.inertia_ for fit in fits)
        return time.process_time() - begin

    names = ["R kmeans, Hartigan-Wong", "R kmeans, Lloyd"]
    candidates = {"scikit-learn": with_sklearn, **{name: with_r(name.split(", ")[1]) for name in names}}
    taken = medians(candidates, ROUNDS)
    for name, seconds in taken.items():
        yield (
            f"{name}: {seconds:.2f} s for {STARTS} starts, {len(points):,} customers, {K} groups; "
            f"{seconds / taken['scikit-learn']:.2f} of scikit-learn's; inertia {inertia[name]:.6f}"
        )
