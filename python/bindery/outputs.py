"""Turn an executed chapter into the Markdown that Quarto would freeze, for one format."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from bindery import display, known, sections
from bindery.cells import Cell, Document, Markdown, replace_inline
from bindery.display import Output
from bindery.options import Execution

_FIGURE_ATTRIBUTES = ("fig-align", "fig-env", "fig-alt", "fig-pos", "fig-scap")


@dataclass(frozen=True)
class Run:
    """What executing a chapter gave.

    Attributes
    ----------
    outputs : mapping
        Outputs of each cell by its index; a cell that was not run is missing.
    values : mapping
        Results of the inline expressions of each Markdown block, by the block's position: expression → MIME bundle.
    stopped_at : int or None
        Position of the block at which the chapter stopped in an orderly way.
    stopped : str or None
        Why, in Markdown.
    """

    outputs: Mapping[int, Sequence[Output]]
    values: Mapping[int, Mapping[str, Mapping[str, Any]]]
    stopped_at: int | None = None
    stopped: str | None = None


@dataclass
class Page:
    """A chapter's Markdown for one format, and the pictures it shows.

    Attributes
    ----------
    markdown : str
    figures : dict
        File name → content; all lie in one folder, `figure-html` or `figure-typst`.
    """

    markdown: str = ""
    figures: dict[str, bytes] = field(default_factory=dict)


def write(document: Document, run: Run, fmt: str, execution: Execution) -> Page:
    """Write a chapter's Markdown.

    Parameters
    ----------
    document : Document
    run : Run
        From one execution, used for both formats.
    fmt : str
        `html` or `typst`.
    execution : Execution
        Options of the document in that format.
    """
    page = Page()
    parts: list[str] = []
    for position, block in enumerate(document.blocks):
        if position == run.stopped_at:
            parts.append(sections.note("".join(parts), run.stopped or ""))
            break
        if isinstance(block, Markdown):
            values = {expression: _inline(bundle, fmt) for expression, bundle in run.values.get(position, {}).items()}
            parts.append(replace_inline(block.text, values) + "\n")
        else:
            parts.append(_Writer(document, block, run.outputs.get(block.index, ()), fmt, execution, page).write())
        parts.append("\n")
    page.markdown = "".join(parts)
    return page


def cell_id(document: Document, cell: Cell) -> str:
    """The id of an unlabelled cell: eight hexadecimal digits as Quarto's, but the same in every run."""
    given = cell.options.get("id")
    return str(given) if given else hashlib.sha256(f"{document.path}:{cell.index}".encode()).hexdigest()[:8]


def auto_identifier(text: str, ascii_only: bool = False) -> str:
    """An identifier as pandoc makes it of a heading."""
    if ascii_only:
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = re.sub(r"""[!"#$%&')*+,/:;<=>?@\[\\\]^`{|}~]""", "", text)
    return re.sub(r"^[^A-Za-z]+", "", re.sub(r"\s", "-", text).lower())


def _inline(bundle: Mapping[str, Any], fmt: str) -> str:
    """The value of an inline expression as Markdown; a string is escaped, as its quotes show that it is one."""
    output = display.for_format({"output_type": "display_data", **bundle}, fmt, "svg")
    mime = display.mime_type(output["data"], fmt)
    value = display.text(output["data"].get(mime, ""))
    if mime == display.HTML:
        return f"`{value}`{{=html}}"
    if mime == display.LATEX:
        return f"`{value}`{{=tex}}"
    if mime == display.PLAIN and len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return re.sub(r"([\\`*_{}\[\]()>#+,\-.!])", r"\\\1", value[1:-1].replace("\\", "\\\\"))
    return value


@dataclass
class _Writer:
    """Writes one cell."""

    document: Document
    cell: Cell
    raw_outputs: Sequence[Output]
    fmt: str
    execution: Execution
    page: Page

    def __post_init__(self) -> None:
        outputs = [
            display.for_format(output, self.fmt, self.execution.fig_format)
            for output in display.merge_streams(self.raw_outputs)
        ]
        pictured = any(self._is_picture(output) for output in outputs)
        warnings = self.execution.shows(self.cell, "warning")
        self.all_outputs = outputs
        self.outputs = [
            output
            for output in outputs
            if (warnings or output["output_type"] != "stream" or output["name"] != "stderr")
            and not display.is_leftover(output, pictured)
        ]
        self.label = "#" + auto_identifier(self.cell.label) if self.cell.label else ""
        self.labels_cell = self._labels_cell()

    def write(self) -> str:
        """The cell with all it shows."""
        cell, shows = self.cell, self.execution.shows
        if not shows(cell, "include") or not (cell.source or self.outputs):
            return ""
        caption, captions = self._captions()
        body = self._code() if shows(cell, "echo") else ""
        if shows(cell, "output"):
            body += self._outputs(captions)
        asis = self.execution.of(cell, "output") == "asis"
        opening, needed = self._opening()
        if body and (not asis or needed or caption or captions):
            body = opening + body + (f"\n{caption}\n" if caption else "") + ":::\n"
        body += "\n"
        return "\n" + "\n".join(cell.indent + line for line in body.split("\n")) if cell.indent else body

    def _is_picture(self, output: Output) -> bool:
        return display.is_display(output) and display.mime_type(output["data"], self.fmt) in display.IMAGES

    def _labels_cell(self) -> bool:
        """Whether the label goes to the cell rather than to its single output."""
        shown = sum(map(display.is_display, self.outputs))
        return (
            not self.execution.shows(self.cell, "output")
            or shown == 0
            or (shown > 1 and not isinstance(self.cell.options.get("fig-cap"), list))
            or self._is_table
        )

    @property
    def _is_table(self) -> bool:
        return bool(self.cell.label and self.cell.label.startswith("tbl-"))

    def _captions(self) -> tuple[str | None, list[str]]:
        """The caption of the cell, and those of its outputs."""
        caption, below = self.cell.options.get("fig-cap"), self.cell.options.get("fig-subcap")
        if isinstance(caption, list):
            return None, [str(one) for one in caption] if any(map(display.is_display, self.all_outputs)) else []
        if not caption:
            return None, []
        if below is None:
            return None, [str(caption)]
        captions = [""] if below is True else below if isinstance(below, list) else [below]
        return str(caption), [str(one) for one in captions]

    def _opening(self) -> tuple[str, bool]:
        """The line that opens the cell's div, and whether the div is needed even around output as is."""
        options = self.cell.options
        parts = []
        if self.label and self.labels_cell:
            parts.append(self.label)
        elif self.fmt == "html":
            parts.append(f"#cell-{self.cell.label}" if self.cell.label else "#" + cell_id(self.document, self.cell))
        parts.append(".cell")
        given = options.get("classes") or []
        classes = [str(one) for one in (given if isinstance(given, list) else [given])]
        for option, prefix in _CLASS_OPTIONS.items():
            if isinstance(options.get(option), str):
                classes.append(f"{prefix}{options[option]}")
        parts += [one if one.startswith(".") else f".{one}" for one in classes]
        # what Quarto does not know itself comes before what it does
        forwarded = [key for key in options if key.lower() not in known.ACTED_UPON]
        forwarded.sort(key=lambda key: key in known.FORWARDED)
        parts += [f"{key}='{_attribute(options[key])}'" for key in forwarded]
        parts.append(f"execution_count={self.cell.index}")
        needed = bool((self.label and self.labels_cell) or classes or forwarded)
        return "::: {" + " ".join(parts) + "}\n", needed

    def _code(self) -> str:
        """The code as a block."""
        cell, options = self.cell, self.cell.options
        fenced = self.execution.of(cell, "echo") == "fenced"
        ticks = display.ticks(cell.source, 4 if fenced else 3)
        head = ""
        if isinstance(options.get("lst-label"), str):
            head += "#" + options["lst-label"].removeprefix("#") + " "
        head += " .cell-code" if fenced else f".{cell.language} .cell-code"
        if options.get("code-overflow") in ("wrap", "scroll"):
            head += f" .code-overflow-{options['code-overflow']}"
        for key in ("lst-cap", "code-fold", "code-summary", "code-line-numbers"):
            value = options.get(key)
            if value is not None and (key != "lst-cap" or isinstance(value, str)):
                head += f' {key}="{value if isinstance(value, str) else _json(value)}"'
        source = cell.source
        if fenced:
            kept = [line for line in cell.option_lines if not re.search(r"echo:\s+fenced", line)]
            source = "\n".join([f"```{{{{{cell.language}}}}}", *kept, source.strip("\n"), "```", ""])
        return f"{ticks} {{{head}}}\n{source}\n{ticks}\n"

    def _outputs(self, captions: list[str]) -> str:
        """All outputs, each in its div unless it is to stand as it is."""
        asis = self.execution.of(self.cell, "output") == "asis"
        name = auto_identifier(self.label, True) if self.label else f"cell-{self.cell.index + 1}"
        captions, number, parts = list(captions), 0, []
        order = sorted(range(len(self.outputs)), key=lambda index: _order(self.outputs[index]))
        for index in order:
            output, label = self.outputs[index], self.label
            if label and self.labels_cell and display.is_display(output):
                number += 1
                label += f"-{number}"
            if (output.get("metadata") or {}).get("quarto_display") is False:
                continue
            if not asis:
                parts.append(self._output_opening(output, label))
            if output["output_type"] == "stream":
                raw = asis and output["name"] == "stdout"
                parts.append(display.text(output["text"]) if raw else display.stream(output))
            elif output["output_type"] == "error":
                parts.append(display.error(output, self.fmt))
            elif output["data"]:
                caption = captions.pop(0) if captions else ""
                if self._is_picture(output):
                    parts.append(self._picture(output, label, caption, f"{name}-output-{index + 1}", index))
                else:
                    parts.append(display.markdown(output, self.fmt) + (f"\n{caption}\n" if caption else ""))
            if not asis:
                parts.append(":::\n")
        return "".join(parts)

    def _output_opening(self, output: Output, label: str) -> str:
        """The line that opens the div of one output."""
        shown = display.is_display(output)
        head = ""
        if label and shown and not self._is_table and not self._is_picture(output):
            head += label + " "
        kind = output["name"] if output["output_type"] == "stream" else "display" if shown else output["output_type"]
        head += f".cell-output .cell-output-{kind}"
        if shown and display.mime_type(output["data"], self.fmt) == display.MARKDOWN:
            head += " .cell-output-markdown"
        if output.get("execution_count") is not None:
            head += f" execution_count={output['execution_count']}"
        if self.cell.options.get("html-table-processing") == "none":
            head += " html-table-processing=none"
        return f"\n::: {{{head}}}\n"

    def _picture(self, output: Output, label: str, caption: str, name: str, index: int) -> str:
        """A picture: kept as a file, shown as an image with its attributes."""
        mime = display.mime_type(output["data"], self.fmt) or ""
        content = display.picture(output, mime)
        file = f"{name}.{display.IMAGES[mime]}"
        self.page.figures[file] = content
        attributes = [label] if label else []
        size = None
        if mime == "image/png" and self.execution.fig_format == "retina":
            size = display.retina_size(content, self.execution.fig_dpi)
        if size:
            attributes += [f"width={size[0]}", f"height={size[1]}"]
        for option in _FIGURE_ATTRIBUTES:
            value = self._broadcast(option, index)
            if value:
                attributes.append(f"{option}='{_quoted(value)}'")
        folder = f"{PurePosixPath(self.document.path).stem}_files/figure-{self.fmt}"
        image = f"![{caption}]({folder}/{file}){{{' '.join(attributes)}}}"
        link = self._broadcast("fig-link", index)
        return (f"[{image}]({link})" if link else image) + "\n"

    def _broadcast(self, option: str, index: int) -> str:
        """A figure option for one output: a list gives one value to each."""
        value = self.cell.options.get(option)
        if isinstance(value, list):
            value = value[index] if index < len(value) else None
        return str(value) if value else ""


_CLASS_OPTIONS = {
    "panel": "panel-",
    "column": "column-",
    "fig-column": "fig-column-",
    "tbl-column": "tbl-column-",
    "cap-location": "caption-",
    "fig-cap-location": "fig-cap-location-",
    "tbl-cap-location": "tbl-cap-location-",
}


def _order(output: Output) -> float:
    order = (output.get("metadata") or {}).get("quarto_order")
    return float("inf") if order is None else order


def _json(value: Any) -> str:
    """A value as JavaScript writes it."""
    whole = isinstance(value, float) and value.is_integer()
    return json.dumps(int(value) if whole else value, ensure_ascii=False, separators=(",", ":"))


def _quoted(value: str) -> str:
    return value.replace("'", "\\'")


def _attribute(value: Any) -> str:
    return _quoted(value if isinstance(value, str) else _json(value))
