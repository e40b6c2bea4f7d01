"""What can go wrong in the bindery, each with a message that says what, where and what to do."""

from __future__ import annotations


class BinderyError(Exception):
    """Base of all errors whose message is meant for the author of a book."""


class ProjectError(BinderyError):
    """`_quarto.yml`, a chapter's front matter or a cell's options cannot be read."""


class CellError(BinderyError):
    """A cell raised and its chapter stopped.

    Attributes
    ----------
    chapter : str
        Path of the chapter, relative to the project.
    label : str
        Label of the cell, or `cell 3` for the third one if it has none.
    line : int
        Line of the chapter that failed.
    traceback : str
        Last lines of the traceback, or R's own message, without terminal colours.
    origin : str
        The file that holds that line: the chapter, or a file that it includes.
    inputs : tuple of str
        What the chapter had read before it failed.
    """

    def __init__(
        self, chapter: str, label: str, line: int, traceback: str, *, origin: str = "", inputs: tuple[str, ...] = ()
    ) -> None:
        self.chapter, self.label, self.line, self.traceback = chapter, label, line, traceback
        self.origin = origin or chapter
        self.inputs = inputs
        super().__init__(f"{self.origin}:{line}: cell `{label}` of {chapter} failed\n{traceback}")

    def __reduce__(self) -> tuple[object, ...]:
        """Let the error travel between processes, keyword arguments included."""
        return _cell_error, (self.chapter, self.label, self.line, self.traceback, self.origin, self.inputs)


def _cell_error(chapter: str, label: str, line: int, traceback: str, origin: str, inputs: tuple[str, ...]) -> CellError:
    return CellError(chapter, label, line, traceback, origin=origin, inputs=inputs)
