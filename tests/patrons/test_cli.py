"""`python -m patrons` as people type it."""

import subprocess
import sys
import time

import pytest

from patrons import world_truth
from patrons.cli import main

TEXT = "name: Small\ntables:\n  transactions: {file: a.csv, columns: {customer_id: c, ordered_at: t, amount: a}}\n"
ROWS = "c,t,a\n1,2020-01-01,5\n2,2020-01-03,\n"


def run(root, *arguments):
    command = [sys.executable, "-m", "patrons", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)


def test_build_says_what_it_did_and_then_that_there_is_nothing_to_do(home, write_source, capsys):
    path = str(write_source(TEXT, a__csv=ROWS))
    assert main(["build", "--source", path]) == 0
    assert "transactions: 2 rows read, 1 kept, set aside: 1 missing amount" in capsys.readouterr().err
    assert main(["build", "--source", path]) == 0
    assert capsys.readouterr().out == "Small: transactions up to date; nothing to do\n"


def test_check(home, write_source, capsys):
    assert main(["build", "--check", "--source", str(write_source(TEXT, a__csv=ROWS))]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[:2] == ["transactions: to be built", "1 problem in the first rows"]
    assert told[3].split() == ["transactions", "a.csv", "2", "a", "must", "not", "be", "missing"]


def test_key(home, write_source, capsys, monkeypatch):
    path = write_source(TEXT)
    assert main(["key", "--source", str(path)]) == 0
    first = capsys.readouterr().out.strip()
    assert first.startswith("small-")
    monkeypatch.setenv("PATRONS_SOURCE", str(path))
    assert main(["key"]) == 0
    assert capsys.readouterr().out.strip() == first


def test_key_of_the_projects_own_source_is_default(root, capsys):
    assert main(["key"]) == 0
    assert capsys.readouterr().out == "default\n"


def test_a_failure_is_one_message_and_exit_code_1(home, write_source, root):
    done = run(root, "build", "--source", write_source(TEXT.replace("amount", "amuont"), a__csv=ROWS))
    assert done.returncode == 1
    assert "did you mean 'amount'?" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["bild"], ["build", "--sauce", "x"], ["simulate"], ["simulate", "--orders", "0", "--out", "x"]]
)
def test_wrong_usage_is_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m patrons" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["build"], ["key"], ["simulate"]])
def test_help(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    assert caught.value.code == 0
    assert len(capsys.readouterr().out) > 200


def test_simulate(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(world_truth, "REFERENCE", 2_000)
    arguments = ["simulate", "--customers", "50", "--orders", "200", "--seed", "3", "--out", str(tmp_path)]
    assert main(arguments) == 0
    assert "50 customers and 200 orders written" in capsys.readouterr().out
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "campaigns.csv",
        "customers.csv",
        "engagement.csv",
        "experiment.csv",
        "planted.csv",
        "transactions.csv",
        "truth.yml",
    ]


def test_simulate_refuses_fewer_orders_than_customers(tmp_path, capsys):
    assert main(["simulate", "--customers", "50", "--orders", "20", "--out", str(tmp_path)]) == 1
    assert "each has ordered once" in capsys.readouterr().err


def test_finding_nothing_to_do_imports_nothing_slow(home, write_source, root):
    path = write_source(TEXT, a__csv=ROWS)
    main(["build", "--source", str(path)])
    code = (
        "import sys; from patrons.cli import main; main(sys.argv[1:]); "
        "print([name for name in ('pandas', 'numpy', 'duckdb', 'ibis', 'pyarrow') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, "build", "--source", str(path)]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.splitlines()[-1] == "[]"
    assert time.perf_counter() - started < 5  # 0.2 s on a quiet machine


def test_dictionary_is_written_or_printed(home, write_source, capsys):
    (home / "data").mkdir()
    own = write_source("name: T\ntables:\n  customers: {file: a.csv, columns: {customer_id: K}}\n", a__csv="K\n1\n")
    assert main(["dictionary", "--source", str(own)]) == 0
    assert "| `customer_id` | `K` |" in capsys.readouterr().out
    (home / "data" / "source.yml").write_text(own.read_text())
    (home / "data" / "a.csv").write_text("K\n1\n")
    assert main(["dictionary"]) == 0
    assert "`K`" in (home / "data" / "README.md").read_text(encoding="utf-8")
