"""Make outputs the same in every run: what programs choose at random is derived from where it stands."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from bindery.display import Output

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_RANDOM: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    # great_tables: ten letters
    (re.compile(r'<div id="([a-z]{10})" style="padding-left:'), lambda key: "".join(_letters(key))),
    # altair: the MD5 of nothing in particular
    (re.compile(r'<div id="altair-viz-([0-9a-f]{32})">'), lambda key: _hex(key, 32)),
    # styled pandas tables: five digits
    (re.compile(r'<table id="T_([0-9a-f]{5})"'), lambda key: _hex(key, 5)),
)
_CELL_FILE = re.compile(r"\S*[/\\]ipykernel_\d+[/\\](\d+)\.py")
_ADDRESS = re.compile(r"<[^<>\n]* at 0x[0-9a-f]{6,}>")


def steady(output: Output, key: str) -> Output:
    """The output with its random parts replaced.

    Parameters
    ----------
    output : mapping
        As recorded from the kernel.
    key : str
        Says where it stands; the same key gives the same ids.
    """
    if output["output_type"] == "stream":
        return {**output, "text": _CELL_FILE.sub(r"cell-\1.py", output["text"])}
    if "data" not in output:
        return output
    html = output["data"].get("text/html")
    if not isinstance(html, str):
        return output
    for pattern, make in _RANDOM:
        for number, old in enumerate(dict.fromkeys(pattern.findall(html))):
            html = html.replace(old, make(f"{key}:{number}"))
    return {**output, "data": {**output["data"], "text/html": html}}


def addresses(markdown: str) -> list[str]:
    """Objects that a page shows by an address in memory, which differs in every run."""
    return list(dict.fromkeys(_ADDRESS.findall(markdown)))


def _hex(key: str, length: int) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:length]


def _letters(key: str) -> list[str]:
    return [_LETTERS[byte % 26] for byte in hashlib.sha256(key.encode()).digest()[:10]]
