"""Small helps for sentences that are put together from facts and from names in the data."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import ParamSpec

P = ParamSpec("P")


class Prose(str):
    """Markdown that an inline expression shows as it reads; of a plain string it would show the escapes."""

    def _repr_markdown_(self) -> str:
        return str(self)


def prose(write: Callable[P, str]) -> Callable[P, Prose]:
    """Mark a function whose words stand in a chapter as they are."""

    @functools.wraps(write)
    def written(*args: P.args, **kwargs: P.kwargs) -> Prose:
        return Prose(write(*args, **kwargs))

    return written


SIGNS = frozenset("\\`*_{}[]<>$#|~^@")


def plain(words: str) -> str:
    """Keep words from data from being read as Markdown, and a sign from parting with its amount at the end of a line.

    Examples
    --------
    >>> plain("gate_40")
    'gate\\\\_40'
    """
    kept = re.sub(r"([−+])(?=[^\s\d])", "\\1\u2060", words)
    return "".join(f"\\{sign}" if sign in SIGNS else sign for sign in kept)


# Words that say what somebody did, besides those that end in -ed.
DID = frozenset(
    {"bought", "came", "chose", "kept", "left", "lost", "paid", "read", "sent", "spent", "took", "went", "won"}
)


def share_of(outcome: str) -> str:
    """Name the share of people with a yes-or-no outcome, whatever the source calls it.

    Examples
    --------
    >>> share_of("bought"), share_of("visit"), share_of("retention_1")
    ('share that bought', 'share with a visit', 'share with retention 1')
    """
    title = outcome.replace("_", " ")
    first = title.split(" ")[0].lower()
    if first in DID or first.endswith("ed"):
        return f"share that {title}"
    if " " in title or not title.isalpha():
        return f"share with {title}"
    return f"share with a{'n' if first[0] in 'aeiou' else ''} {title}"


def joined(parts: Sequence[str], last: str = "and") -> str:
    """Join the parts of a list as a sentence does.

    Examples
    --------
    >>> joined(["a", "b", "c"])
    'a, b and c'
    """
    return f" {last} ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
