"""Small helps for sentences that are put together from facts and from names in the data."""

from __future__ import annotations

from collections.abc import Sequence

SIGNS = frozenset("\\`*_{}[]<>$#|~^@")


def plain(words: str) -> str:
    """Keep words from data from being read as Markdown.

    Examples
    --------
    >>> plain("gate_40")
    'gate\\\\_40'
    """
    return "".join(f"\\{sign}" if sign in SIGNS else sign for sign in words)


def joined(parts: Sequence[str], last: str = "and") -> str:
    """Join the parts of a list as a sentence does.

    Examples
    --------
    >>> joined(["a", "b", "c"])
    'a, b and c'
    """
    return f" {last} ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def opened(sentence: str) -> str:
    """Begin a sentence with a capital, whatever its first word is."""
    return sentence[:1].upper() + sentence[1:]
