"""Colours of code."""

import pytest

from bindery.highlight import colour, tokens


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        ("python", "import a", '<span class="keyword">import</span> a'),
        ("python", "a in b", 'a <span class="keyword">in</span> b'),
        ("python", "None", '<span class="constant">None</span>'),
        ("python", "f('x') < 1", 'f(<span class="string">\'x\'</span>) &lt; <span class="constant">1</span>'),
        ("r", "x <- 1 # one", 'x &lt;- <span class="constant">1</span> <span class="comment"># one</span>'),
        ("no-such-language", "a < b", "a &lt; b"),
    ],
)
def test_tokens(language: str, code: str, expected: str) -> None:
    assert tokens(code, language) == expected


def test_whitespace_stays() -> None:
    assert tokens("\n\n  x\n", "python") == "\n\n  x\n"


def test_only_code_blocks_of_a_language_are_touched() -> None:
    output = "<pre><code>1 &lt; 2</code></pre>"
    foreign = '<pre class="python"><code><b>x</b></code></pre>'
    assert colour(output + foreign) == output + foreign
    assert colour('<pre class="r"><code>a &lt;- b</code></pre>') == (
        '<div class="sourceCode"><pre class="sourceCode r"><code>a &lt;- b</code></pre></div>'
    )
