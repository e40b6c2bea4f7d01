"""Colour code on pages of the site.

Pandoc can do it too, but needs a third of a second in every process that meets R; Pygments needs milliseconds.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Number, Operator, String
from pygments.util import ClassNotFound

# Four quiet groups, more would be noise; the first that holds a token counts.
_GROUPS = (
    (Keyword.Constant, "constant"),
    (Keyword, "keyword"),
    (Operator.Word, "keyword"),
    (String, "string"),
    (Number, "constant"),
    (Comment, "comment"),
)

# What pandoc writes for a code block; a tag inside means that it is not one, but HTML of a cell.
_BLOCK = re.compile(r'<pre class="([\w-]+)"><code>([^<]*)</code></pre>')


def colour(body: str) -> str:
    """Colour all code blocks of a page whose language is known.

    Parameters
    ----------
    body : str
        HTML as pandoc writes it without highlighting.
    """
    return _BLOCK.sub(lambda match: _block(match[1], html.unescape(match[2])), body)


def _block(language: str, code: str) -> str:
    name = html.escape(language)
    return f'<div class="sourceCode"><pre class="sourceCode {name}"><code>{tokens(code, language)}</code></pre></div>'


def tokens(code: str, language: str) -> str:
    """Code as HTML with a span around keywords, strings, constants and comments.

    Examples
    --------
    >>> tokens("x = 1  # one", "python")
    'x = <span class="constant">1</span>  <span class="comment"># one</span>'
    """
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return html.escape(code, quote=False)
    return "".join(
        f'<span class="{group}">{html.escape(text, quote=False)}</span>' if group else html.escape(text, quote=False)
        for group, text in _runs(lexer, code)
    )


def _runs(lexer: Lexer, code: str) -> Iterator[tuple[str | None, str]]:
    """Neighbouring tokens of one group as one run."""
    current: str | None = None
    run = ""
    for kind, text in lexer.get_tokens(code):
        group = _group(kind)
        if group != current and run:
            yield current, run
            run = ""
        current = group
        run += text
    if run:
        yield current, run


def _group(kind: tuple[str, ...]) -> str | None:
    return next((name for parent, name in _GROUPS if kind in parent), None)
