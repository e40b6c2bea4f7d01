"""Problems as a sentence, as a table on the screen, and as a file."""

import csv

import pytest

from patrons.errors import PatronsError
from patrons.problems import Problem, Problems, as_text, from_error, heading, printable, safe, shorten, write_file

BAD = Problem("orders", "a.csv", 1234, "day", "soon", "is not a date", todo="Correct it.")


def test_one_problem_is_a_sentence():
    assert str(Problems([BAD])) == "tables.orders: a.csv, row 1,234, column 'day': 'soon' is not a date. Correct it."
    assert Problem(file="a.csv", rule="is empty").sentence() == "a.csv is empty."
    assert Problem(file="a.csv", rule="there is no column 'x'; did you mean 'y'?").sentence().endswith("'y'?")


def test_several_are_a_table_where_the_same_advice_stands_once():
    text = as_text([BAD, BAD, Problem("orders", "b.csv", rule="is empty")])
    assert text.splitlines() == [
        "  table   file   row    column  value  rule",
        "  orders  a.csv  1,234  day     soon   is not a date",
        "  orders  a.csv  1,234  day     soon   is not a date",
        "    → Data cannot be used. Correct it.",
        "  orders  b.csv                        is empty",
        "    → Data cannot be used.",
    ]


def test_the_screen_has_the_first_twenty_and_says_how_many_more():
    text = as_text([BAD] * 30)
    assert text.count("soon") == 20
    assert text.endswith("and 10 more")
    assert as_text([BAD] * 20, 1_000).endswith("and 980 more")


def test_errors_become_problems_of_their_table():
    assert from_error(PatronsError("no"), "orders") == (Problem(table="orders", rule="no"),)
    assert from_error(Problems([Problem(file="a.csv")]), "orders")[0].table == "orders"
    assert from_error(Problems([BAD]), "customers") == (BAD,)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("-5", "-5"), ("+1,5", "+1,5"), ("-x", "'-x"), ("a=b", "a=b")],
)
def test_formulas_are_defused(text, wanted):
    assert safe(text) == wanted


def test_the_file_has_a_line_for_each_whatever_it_holds(tmp_path):
    odd = Problem("orders", "a.csv", 1, 'a "b"', "two\nlines, =x", "rule")
    write_file(tmp_path / "p.csv", [BAD, odd])
    with (tmp_path / "p.csv").open(newline="", encoding="utf-8") as handle:
        rows = list(csv.reader(handle))
    assert rows[0] == heading() == ["table", "file", "row", "column", "value", "rule", "outcome", "what to do"]
    assert rows[2][:5] == ["orders", "a.csv", "1", 'a "b"', "two\nlines, =x"]


def test_long_and_invisible_text_is_shown_short_and_visible():
    assert shorten("x" * 1000).endswith("x…")
    assert printable("a\x1b\u202eb\n") == "a\\u001b\\u202eb\\u000a"
    assert printable("שלום 🛍️") == "שלום 🛍️"
