import base64
from io import BytesIO

import pytest
from PIL import Image

from bindery import display


def shown(kind: str = "display_data", **data: str) -> dict[str, object]:
    names = {
        "html": "text/html",
        "plain": "text/plain",
        "md": "text/markdown",
        "png": "image/png",
        "svg": "image/svg+xml",
    }
    return {"output_type": kind, "data": {names.get(key, key): value for key, value in data.items()}, "metadata": {}}


@pytest.mark.parametrize(
    ("output", "html", "typst"),
    [
        (shown(plain="x", html="<b>", md="**"), "text/html", "text/markdown"),
        (shown(plain="x", html="<b>"), "text/html", "text/plain"),
        (shown(plain="x", html="<table></table>"), "text/html", "text/html"),
        (shown(plain="x", png="", svg=""), "image/svg+xml", "image/svg+xml"),
        (shown(plain="x"), "text/plain", "text/plain"),
        (shown(), None, None),
    ],
)
def test_the_form_that_is_shown_is_the_one_quarto_prefers(output: dict, html: str, typst: str) -> None:
    assert display.mime_type(output["data"], "html") == html
    assert display.mime_type(output["data"], "typst") == typst


def test_of_a_picture_drawn_twice_each_format_takes_its_own() -> None:
    output = {**shown(png="P", svg="S"), "metadata": {"image/svg+xml": {display.BOTH: True}}}
    assert set(display.for_format(output, "html", "retina")["data"]) == {"image/png"}
    assert set(display.for_format(output, "typst", "svg")["data"]) == {"image/svg+xml"}


def test_latex_that_is_mathematics_counts_as_markdown() -> None:
    math = {"output_type": "display_data", "data": {"text/latex": "$x$"}}
    table = {"output_type": "display_data", "data": {"text/latex": "\\hline"}}
    assert display.for_format(math, "html", "retina")["data"]["text/markdown"] == "$x$"
    assert "text/markdown" not in display.for_format(table, "html", "retina")["data"]


def test_fences_are_longer_than_those_inside() -> None:
    assert display.code("a\n```\nb") == "````\na\n```\nb\n````\n"
    assert display.raw("html", "<p>\n") == "```{=html}\n<p>\n```\n"


def test_an_exception_is_shown_in_colour_on_the_site_only() -> None:
    output = {"output_type": "error", "ename": "E", "evalue": "no", "traceback": ["\x1b[31mE\x1b[0m: no"]}
    assert '<span class="ansi-red-fg">E</span>: no' in display.error(output, "html")
    assert display.error(output, "typst").startswith("```\nE: no\n")


def test_streams_are_joined_at_their_first_place() -> None:
    def printed(name: str, text: str) -> dict[str, object]:
        return {"output_type": "stream", "name": name, "text": text}

    merged = display.merge_streams(
        [printed("stdout", "a"), shown(plain="x"), printed("stderr", "b"), printed("stdout", "c")]
    )
    assert [output.get("text") for output in merged] == ["ac", None, "b"]


@pytest.mark.parametrize(
    ("plain", "pictured", "leftover"),
    [
        ("[<matplotlib.lines.Line2D at 0x7f>]", False, True),
        ("<ggplot: (640 x 480)>", False, True),
        ("Text(0, 0, 'x')", False, False),
        ("(0.0, 1.0)", True, True),
        ("(0.0, 1.0)", False, False),
        ("a\n(b)", True, False),
    ],
)
def test_reprs_of_the_parts_of_plots_are_left_out(plain: str, pictured: bool, leftover: bool) -> None:
    assert display.is_leftover(shown("execute_result", plain=plain), pictured) is leftover


def test_what_is_displayed_on_purpose_is_no_leftover() -> None:
    assert not display.is_leftover(shown(plain="<matplotlib"), True)


def png(size: tuple[int, int], dpi: int | None) -> bytes:
    file = BytesIO()
    Image.new("RGB", size).save(file, "png", **({"dpi": (dpi, dpi)} if dpi else {}))
    return file.getvalue()


@pytest.mark.parametrize(
    ("size", "dpi", "expected"),
    [((1344, 864), 192, (672, 432)), ((835, 527), 192, (418, 264)), ((480, 480), None, None), ((480, 480), 96, None)],
)
def test_a_png_is_shown_at_half_its_size_if_it_says_so(size: tuple, dpi: int | None, expected: tuple | None) -> None:
    assert display.retina_size(png(size, dpi), 96) == expected


def test_pictures_become_files() -> None:
    content = png((1, 1), None)
    assert display.picture(shown(png=base64.b64encode(content).decode()), "image/png") == content
    assert display.picture(shown(svg="<svg/>"), "image/svg+xml") == b"<svg/>"
