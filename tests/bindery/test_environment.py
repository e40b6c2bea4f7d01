from pathlib import Path

import pytest

from bindery.environment import parse, read_environment


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("A = b # comment", "b"),
        ("export A=b", "b"),
        ('A="b # c"', "b # c"),
        (r'A="b\nc"', "b\nc"),
        (r"A='b\n$HOME'", r"b\n$HOME"),
        ("A=", ""),
        ("A=# nothing", ""),
        ("A=$HOME/x", "/home/x"),
        ("A=${HOME}x", "/homex"),
        ("A=${MISSING:-default}", "default"),
        ("A=$MISSING", ""),
        (r"A=\$HOME", "$HOME"),
    ],
)
def test_values_mean_what_they_do_in_dotenv(line: str, value: str) -> None:
    assert parse(line, {"HOME": "/home"}) == {"A": value}


def test_lines_without_a_variable_are_skipped_and_later_ones_see_earlier_ones() -> None:
    assert parse("# comment\n\nA=1\nB=$A$A\n", {}) == {"A": "1", "B": "11"}


def test_the_local_file_wins(tmp_path: Path) -> None:
    (tmp_path / "_environment").write_text("A=1\nB=2\n")
    (tmp_path / "_environment.local").write_text("A=3\n")
    assert read_environment(tmp_path) == {"A": "3", "B": "2"}


def test_no_file_no_variables(tmp_path: Path) -> None:
    assert read_environment(tmp_path) == {}
