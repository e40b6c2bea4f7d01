import pytest

from bindery import ansi

RED, BOLD, OFF = "\x1b[31m", "\x1b[1m", "\x1b[0m"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain <b>", "plain &lt;b&gt;"),
        (f"{RED}red\x1b[39m not", '<span class="ansi-red-fg">red</span> not'),
        ("\x1b[91mbright", '<span class="ansi-bright-red-fg">bright</span>'),
        ("\x1b[44mblue", '<span class="ansi-blue-bg">blue</span>'),
        (f"{BOLD}bold{OFF}", '<span class="ansi-highlight">bold</span>'),
        ("\x1b[1;32mboth", '<span class="ansi-green-fg ansi-highlight">both</span>'),
        ("\x1b[38;5;28;01mkey\x1b[39;00m.", '<span style="font-weight:bold;color:rgb(0,135,0)">key</span>.'),
        ("\x1b[38;5;9mx", '<span class="ansi-bright-red-fg">x</span>'),
        ("\x1b[38;5;244mx", '<span style="color:rgb(128,128,128)">x</span>'),
        ("\x1b[48;2;1;2;3mx", '<span style="background-color:rgb(1,2,3)">x</span>'),
        ("\x1b[107mx", '<span class="ansi-bright-white-bg">x</span>'),
    ],
)
def test_colours_become_spans(text: str, html: str) -> None:
    assert ansi.to_html(text) == html


def test_colours_are_found_and_taken_out() -> None:
    assert ansi.has_codes(f"{RED}x")
    assert not ansi.has_codes("x [31m")
    assert ansi.strip(f"{RED}x{OFF}\x1b[2Ky") == "xy"
