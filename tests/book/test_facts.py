"""`facts.json` of the built book holds what is promised to other programs."""

import json
import re
from pathlib import Path

import pytest

from patrons.tables_methods import FIXED

FIELDS = {"value", "low", "high", "unit", "n", "method", "chapter"}


def patterns() -> list[str]:
    """The fixed ids as regular expressions: names in angle brackets are any slug, or one of those listed."""
    found = []
    for ids in FIXED:
        for one in re.split(r", (?![^<]*>)", ids):
            parts = re.split(r"<([^>]*)>", one)
            pattern = "".join(re.escape(part) if place % 2 == 0 else _choice(part) for place, part in enumerate(parts))
            found.append(pattern)
    return found


def _choice(text: str) -> str:
    choices = [choice.strip() for choice in text.split("|")]
    return f"({'|'.join(choices)})" if len(choices) > 1 else r"[a-z0-9_-]+"


def test_every_promised_id_is_there(book: Path) -> None:
    facts = json.loads((book / "facts.json").read_text(encoding="utf-8"))
    missing = [pattern for pattern in patterns() if not any(re.fullmatch(pattern, fact) for fact in facts)]
    assert missing == []
    assert len(patterns()) > 25


@pytest.mark.parametrize("name", ["impressions", "clicks", "leads", "conversions", "cost", "revenue", "ctr", "roi"])
def test_each_choice_of_a_list_is_there(book: Path, name: str) -> None:
    assert f"campaigns.{name}" in json.loads((book / "facts.json").read_text(encoding="utf-8"))


def test_every_fact_has_the_same_fields(book: Path) -> None:
    facts = json.loads((book / "facts.json").read_text(encoding="utf-8"))
    assert {fact for fact, entry in facts.items() if set(entry) != FIELDS} == set()
    assert len(facts) > 3000
