"""Fitting the BG/NBD to a million customers: this project against `lifetimes` from PyPI, on the same customers.

`lifetimes` runs in a virtual environment of its own, in `.cache/bench/`, because it needs an older NumPy. Each fit is
timed within its process, on arrays in memory and without the imports; the best of its rounds counts. `lifetimes` is
timed as its documentation uses it, a row per customer, and again with the merged rows and their weights that our fit
makes for itself: the second is what it gains from the model's code alone.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from patrons import lifetime
from patrons.lifetime_fit import Fit

ROOT = Path(__file__).resolve().parents[1]
PINS = ("lifetimes==0.11.3", "numpy==1.26.4", "pandas==2.2.3", "scipy==1.13.1", "autograd==1.6.2")
CUSTOMERS = 1_000_000
NAMES = ["r", "alpha", "a", "b"]
TRUTH = dict(zip(NAMES, (0.243, 4.414, 0.793, 2.426), strict=True))
ROUNDS = 2
WANTED = 20
SAME = 1e-6

OURS = """
import json, sys, time
import numpy, pandas
from patrons import lifetime
held = numpy.load(sys.argv[1])
table = pandas.DataFrame({"x": held["x"], "t_x": held["t_x"], "T": held["T"]})
taken = []
for _ in range(int(sys.argv[3])):
    start = time.perf_counter()
    found = lifetime.fit_bgnbd(lifetime.counted(table, distinct=sys.argv[2] == "merged"))
    taken.append(time.perf_counter() - start)
print(json.dumps({"seconds": min(taken), "parameters": list(found.parameters)}))
"""

THEIRS = """
import json, sys, time
import numpy
from lifetimes import BetaGeoFitter
held = numpy.load(sys.argv[1])
x, t_x, T = held["x"], held["t_x"], held["T"]
weights = held["weight"] if sys.argv[2] == "merged" else None
taken = []
for _ in range(int(sys.argv[3])):
    start = time.perf_counter()
    found = BetaGeoFitter().fit(x, t_x, T, weights=weights)
    taken.append(time.perf_counter() - start)
parameters = [float(found.params_[name]) for name in ("r", "alpha", "a", "b")]
print(json.dumps({"seconds": min(taken), "parameters": parameters}))
"""


def run() -> Iterator[str]:
    """Yield one line per measurement."""
    python = _environment()
    clv = _customers()
    rows = lifetime.counted(clv)
    yield f"{CUSTOMERS:,} customers, {len(rows.x):,} distinct (x, t_x, T)"
    with tempfile.TemporaryDirectory(prefix="patrons-bench-") as name:
        every, merged = Path(name) / "every.npz", Path(name) / "merged.npz"
        np.savez(every, **{column: clv[column].to_numpy() for column in clv})
        np.savez(merged, x=rows.x, t_x=rows.t_x, T=rows.T, weight=rows.weight)
        found = {
            "ours": _measure(sys.executable, OURS, every, "merged"),
            "ours, rows not merged": _measure(sys.executable, OURS, every, "every"),
            "lifetimes": _measure(python, THEIRS, every, "every"),
            "lifetimes, merged rows with weights": _measure(python, THEIRS, merged, "merged"),
        }
    best = found["ours"]
    logliks = {which: _loglik(result["parameters"], rows) for which, result in found.items()}
    for which, result in found.items():
        ratio, apart = result["seconds"] / best["seconds"], abs(logliks[which] / logliks["ours"] - 1)
        parameters = ", ".join(f"{value:.4f}" for value in result["parameters"])
        yield (
            f"{which:36} {result['seconds']:8.2f} s  {ratio:6.1f} ×  log-likelihood {logliks[which]:.3f} "
            f"(apart {apart:.0e}; {parameters})"
        )
    ratio = found["lifetimes"]["seconds"] / best["seconds"]
    apart = abs(logliks["lifetimes"] / logliks["ours"] - 1)
    yield f"{ratio:.0f} × faster (wanted: {WANTED}): {'yes' if ratio >= WANTED else 'NO'}"
    yield f"same log-likelihood to {SAME:.0e}: {'yes' if apart <= SAME else 'NO'}"


def _customers() -> pd.DataFrame:
    """Draw customers who joined over a year and are observed to the end of the second, in weeks of whole days."""
    rng = np.random.default_rng(1)
    labels = pd.Index(NAMES)
    truth = Fit("bgnbd", pd.Series(TRUTH), pd.DataFrame(np.eye(4), labels, labels), 0.0, 0, True, 0)
    drawn = lifetime.simulate(truth, rng.integers(365, 731, CUSTOMERS) / 7, rng)
    return drawn.assign(t_x=np.minimum(np.ceil(drawn["t_x"] * 7) / 7, drawn["T"]))


def _environment() -> str:
    """Make the virtual environment of `lifetimes`, once; return its Python."""
    folder = ROOT / ".cache" / "bench" / "lifetimes"
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.is_file() or ready.read_text(encoding="utf-8") != "\n".join(PINS):
        ready.unlink(missing_ok=True)
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(folder)],
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PINS],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        ready.write_text("\n".join(PINS), encoding="utf-8")
    return str(python)


def _measure(python: str, code: str, data: Path, how: str) -> dict:
    """Fit in a process of its own; return its seconds and parameters."""
    paths = {"PYTHONPATH": str(ROOT / "python")} if python == sys.executable else {}
    done = subprocess.run(
        [python, "-W", "ignore", "-c", code, str(data), how, str(ROUNDS)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **paths},
    )
    if done.returncode != 0:
        raise RuntimeError(f"the fit failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _loglik(parameters: list[float], rows: lifetime.Rows) -> float:
    """Log-likelihood of all customers at parameters, by one and the same code for both."""
    who = pd.DataFrame({"x": rows.x, "t_x": rows.t_x, "T": rows.T})
    fit = Fit("bgnbd", pd.Series(parameters, index=NAMES), pd.DataFrame(), 0.0, 0, True, 0)
    return float(rows.weight @ lifetime.customer_loglik(fit, who["x"], who["t_x"], who["T"]))
