"""Run every bench, or the ones named: `python -m bench bindery`."""

import importlib
import sys

BENCHES = ["aa", "bindery", "clusters", "coverage", "dashboard", "experiment", "lifetime", "scale", "score", "simulate"]


def main() -> int:
    names = sys.argv[1:] or BENCHES
    unknown = sorted(set(names) - set(BENCHES))
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    for name in names:
        print(f"# {name}")
        for line in importlib.import_module(f"bench.{name}").run():
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
