"""Choose which form of an output a format shows, and write it as Quarto's Markdown."""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from bindery import ansi

Output = Mapping[str, Any]

WIDGETS = ("application/vnd.jupyter.widget-state+json", "application/vnd.jupyter.widget-view+json")
SCRIPT, HTML, MARKDOWN, LATEX, PLAIN = (
    "application/javascript",
    "text/html",
    "text/markdown",
    "text/latex",
    "text/plain",
)
IMAGES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpeg"}
BOTH = "bindery"
"""Marks, in the metadata of an SVG, a picture that the kernel drew as PNG and SVG at once, one for each format."""


def is_display(output: Output) -> bool:
    """Whether an output is data to display rather than a stream or an error."""
    return output["output_type"] in ("display_data", "execute_result")


def text(value: Any) -> str:
    """A value of a MIME bundle as one string; notebooks may hold a list of lines."""
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def for_format(output: Output, fmt: str, figure: str) -> Output:
    """The output as one format sees it.

    Of a picture that was drawn as both PNG and SVG, only the one that the format asks for (`figure`) is left, and LaTeX
    that is mathematics counts as Markdown.
    """
    if not is_display(output):
        return output
    data, metadata = dict(output["data"]), output.get("metadata") or {}
    if metadata.get("image/svg+xml", {}).get(BOTH) and "image/png" in data:
        del data["image/png" if figure == "svg" else "image/svg+xml"]
    if LATEX in data and MARKDOWN not in data:
        latex = text(data[LATEX])
        if (latex.startswith("$") and latex.endswith("$")) or (latex.startswith("\\begin{") and "\\end{" in latex):
            data[MARKDOWN] = latex
    return {**output, "data": data, "metadata": metadata}


def mime_type(data: Mapping[str, Any], fmt: str) -> str | None:
    """The form of a bundle that a format shows: what comes first in Quarto's order of preference."""
    order = [*WIDGETS, SCRIPT, HTML, MARKDOWN, *IMAGES] if fmt == "html" else [MARKDOWN, *IMAGES]
    if _has_table(data):
        order.append(HTML)
    return next((mime for mime in (*order, PLAIN) if mime in data), None)


def _has_table(data: Mapping[str, Any]) -> bool:
    """Whether there is an HTML table, which both binders read whatever the format."""
    html = text(data.get(HTML, "")).lower()
    return "<table" in html and "</table" in html


def markdown(output: Output, fmt: str) -> str:
    """An output that is no picture, as Markdown."""
    data = output["data"]
    mime = mime_type(data, fmt)
    if mime is None:
        return code("Unable to display output for mime type(s): " + ", ".join(data))
    value = data[mime]
    if mime == MARKDOWN:
        return text(value) + "\n"
    if mime == HTML:
        return raw("html", text(value))
    if mime in WIDGETS:
        content = json.dumps({**value, "quarto_mimetype": mime}, ensure_ascii=False, separators=(",", ":"))
        return raw("html", f'<script type="{mime}">\n{content}\n</script>')
    if mime == SCRIPT:
        return raw("html", f'<script type="{mime}">\n{text(value)}\n</script>')
    return _plain(text(value), fmt)


def _plain(value: str, fmt: str) -> str:
    if value.startswith("'<table") and value.endswith("</table>'") and "\n" not in value:
        return value[1:-1] + "\n"
    if fmt == "html" and ansi.has_codes(value):
        return coloured(value)
    return code(value if fmt == "html" else ansi.strip(value))


def error(output: Output, fmt: str) -> str:
    """An exception that a cell was allowed to raise."""
    traceback = "\n".join(output["traceback"])
    if fmt == "html" and ansi.has_codes(traceback):
        return coloured(traceback)
    return code("\n".join(filter(None, (f"{output['ename']}: {output['evalue']}", traceback))))


def coloured(value: str) -> str:
    """Terminal text in its colours."""
    return f"\n::: {{.ansi-escaped-output}}\n```{{=html}}\n<pre>{ansi.to_html(value)}</pre>\n```\n:::\n\n"


def stream(output: Output) -> str:
    """What a cell printed."""
    value = text(output["text"])
    if output["name"] == "stderr":
        value = re.sub(r"<ipython-input.*?>:\d+:\s+", "", value, count=1)
    return code(ansi.strip(value))


def code(value: str) -> str:
    """Text as a code block."""
    return _enclosed("", value)


def raw(fmt: str, value: str) -> str:
    """Text as a raw block of a format."""
    return _enclosed(f"{{={fmt}}}", value)


def ticks(value: str, least: int = 3) -> str:
    """A fence longer than any at the beginning of a line of the text."""
    longest = max((len(match[1]) for match in re.finditer(r"^\s*(`+)", value, re.MULTILINE)), default=0)
    return "`" * max(least, longest + 1)


def _enclosed(attributes: str, value: str) -> str:
    fence = ticks(value)
    return f"{fence}{attributes}\n{value}{'' if value.endswith(chr(10)) else chr(10)}{fence}\n"


def picture(output: Output, mime: str) -> bytes:
    """The file of a picture."""
    value = text(output["data"][mime])
    return value.encode() if mime == "image/svg+xml" else base64.b64decode(value)


def retina_size(png: bytes, dpi: int) -> tuple[int, int] | None:
    """Width and height at which to show a PNG of twice the resolution; None if it does not say that it is one."""
    if png[:8] != b"\x89PNG\r\n\x1a\n":
        return None
    width, height = struct.unpack(">II", png[16:24])
    position = 8
    while position + 12 <= len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        kind = png[position + 4 : position + 8]
        if kind == b"pHYs":
            x, y, unit = struct.unpack(">IIB", png[position + 8 : position + 17])
            if unit == 1 and _half_up(x * 0.0254) == _half_up(y * 0.0254) == 2 * dpi:
                return _half_up(width / 2), _half_up(height / 2)
            return None
        if kind == b"IDAT":
            return None
        position += 12 + length
    return None


def _half_up(value: float) -> int:
    """Round halves up, as JavaScript does."""
    return int(value + 0.5)


def merge_streams(outputs: Sequence[Output]) -> list[Output]:
    """Join what a cell printed to each stream, at the place of its first piece."""
    merged: list[Output] = []
    for output in outputs:
        first = next((one for one in merged if _same_stream(one, output)), None)
        if first is None:
            merged.append(dict(output))
        else:
            first["text"] = text(first["text"]) + text(output["text"])  # type: ignore[index]
    return merged


def _same_stream(one: Output, other: Output) -> bool:
    return one["output_type"] == other["output_type"] == "stream" and one["name"] == other["name"]


_LEFTOVERS = ("[<matplotlib", "<matplotlib", "<seaborn.", "<ggplot:")


def is_leftover(output: Output, pictured: bool) -> bool:
    """Whether an output is the bare repr of a plot's parts, which nobody wants to see."""
    if output["output_type"] != "execute_result" or set(output["data"]) != {PLAIN}:
        return False
    value = text(output["data"][PLAIN])
    if pictured and "\n" not in value.rstrip("\n"):
        return re.fullmatch(r"[<(\[].*[>)\]]", value.strip()) is not None
    return value.startswith(_LEFTOVERS)
