"""The search index."""

import json

from bindery.search import Entry, entries, script

BODY = """
<p>Opening <b>words</b>.</p>
<h2 id="one"><span class="section-number">1.1</span> One <a class="anchor" href="#one" aria-label="Link"></a></h2>
<p>First&nbsp;text<a class="footnote-ref"><sup>1</sup></a>.</p><p>Then</p>
<details class="code"><summary>Code</summary><pre>import secret</pre></details>
<details class="callout"><summary>Careful</summary><p>Folded.</p></details>
<figure><figcaption>Figure 1.1: It rises.
<span class="caption-tools"><button>Enlarge</button></span></figcaption></figure>
<table><tr><td>cell</td><td>next</td></tr></table>
<div><h3 id="two">Two</h3><p>Inside</p></div><p>After</p>
<section class="references"><h2 id="references">References</h2></section>
"""


def test_sections_hold_what_a_reader_would_look_for() -> None:
    found = entries(BODY, "chapters/a.html", "1 A")
    assert [(entry.url, entry.title) for entry in found] == [
        ("chapters/a.html", "1 A"),
        ("chapters/a.html#one", "1.1 One"),
        ("chapters/a.html#two", "Two"),
    ]
    assert found[0].text == "Opening words."
    assert found[1].text == "First text. Then Careful Folded. Figure 1.1: It rises. cell next"
    assert found[2].text == "Inside After"


def test_the_script_sets_one_global() -> None:
    text = script([Entry("a.html", "A", "A", 'é "quoted" </script>')])
    assert text.startswith("window.bookSearch=[")
    assert json.loads(text.removeprefix("window.bookSearch=").rstrip(";\n"))[0]["text"] == 'é "quoted" </script>'
