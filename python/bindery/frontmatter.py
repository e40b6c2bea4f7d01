"""Split a chapter into its front matter and the rest."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^---\s*$")


def split(text: str) -> tuple[str, str, int]:
    """Front matter, body, and the line on which the body begins.

    The front matter comes without its `---` lines and is empty if the text does not begin with one.

    Examples
    --------
    >>> split("---\\ntitle: A\\n---\\nText\\n")
    ('title: A\\n', 'Text\\n', 4)
    """
    lines = text.splitlines(keepends=True)
    start = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if start < len(lines) and _FENCE.match(lines[start]):
        for index in range(start + 1, len(lines)):
            if _FENCE.match(lines[index]):
                return "".join(lines[start + 1 : index]), "".join(lines[index + 1 :]), index + 2
    return "", text, 1
