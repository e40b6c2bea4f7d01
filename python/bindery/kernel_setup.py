"""The program that a chapter's kernel is: an IPython kernel with the bindery's manners.

Run by its path, as `python kernel_setup.py settings.json -f connection.json`; it imports nothing of the bindery, so
that a chapter sees nothing of it. It

- ends with the process that started it, and cannot read from the terminal;
- draws each matplotlib and plotnine figure as PNG for the site and as SVG for the PDF, in one display bundle;
- notes which files under the project Python opened for reading and which modules it loaded.
"""

# Every file that is opened passes through here; pathlib would be felt:
# ruff: noqa: PTH113, PTH118, PTH206

import base64
import copy
import ctypes
import faulthandler
import importlib.util
import json
import os
import re
import signal
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
NAME = "bindery_kernel"
"""Name under which the running kernel finds `report`."""

Bundle = tuple[dict[str, Any], dict[str, Any]]


def die_with_parent(parent: int) -> None:
    """Have Linux kill this process when its parent ends, and end at once if it has ended already."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def close_stdin() -> None:
    """Let whatever reads from the terminal fail rather than wait."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    sys.stdin = os.fdopen(null, "w")


class Recorder:
    """An audit hook that remembers the files under a folder that were opened for reading."""

    def __init__(self, root: str, apart: list[str]) -> None:
        self.root = os.path.join(os.path.realpath(root), "")
        self.apart = tuple(os.path.join(os.path.realpath(folder), "") for folder in apart)
        self.read: dict[str, None] = {}
        self.written: set[str] = set()

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take note of an `open`; never raise, as that would stop the chapter."""
        if event != "open" or not isinstance(arguments[0], str):
            return
        try:
            path = os.path.realpath(arguments[0])
            if not path.startswith(self.root):
                return
            if (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
                self.written.add(path)
            elif path not in self.written:
                self.read[path] = None
        except Exception:
            return

    def belongs(self, path: str) -> bool:
        """Whether a file is the project's own rather than an environment's, a cache's or a product's."""
        if not path.startswith(self.root) or path.startswith(self.apart) or not os.path.isfile(path):
            return False
        folders = path.removeprefix(self.root).split(os.sep)[:-1]
        return not any(folder.startswith(".") or folder in ("__pycache__", "node_modules") for folder in folders)

    def inputs(self) -> list[str]:
        """The files read and the modules loaded, relative to the folder."""
        modules = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
        sources = [os.path.realpath(file) for file in modules if isinstance(file, str)]
        found = {path for path in [*self.read, *sources] if self.belongs(path)}
        return sorted(path.removeprefix(self.root).replace(os.sep, "/") for path in found)


class Figures:
    """Draws a figure for both formats at once.

    Parameters
    ----------
    png : dict or None
        `width` and `height` in inches, `dpi` and `retina`, of the format that shows PNG.
    svg : dict or None
        `width` and `height` in inches, of the format that shows SVG.
    """

    def __init__(self, png: dict[str, Any] | None, svg: dict[str, Any] | None) -> None:
        self.png, self.svg = png, svg
        self.first = png or svg or {}

    def set_up_matplotlib(self, matplotlib: Any) -> None:
        """Set sizes as Quarto does, and make the ids in SVG files the same in every run."""
        size = (self.first["width"], self.first["height"])
        matplotlib.rcParams.update(
            {
                "figure.figsize": size,
                "figure.dpi": self.first["dpi"],
                "savefig.dpi": self.first["dpi"],
                "svg.hashsalt": NAME,
            }
        )

    def matplotlib(self, figure: Any) -> Bundle | None:
        """Draw a matplotlib figure; one whose size nobody set has in each format that format's size."""
        from IPython.core.pylabtools import print_figure, retina_figure

        if not figure.axes and not figure.lines:
            return None
        data: dict[str, Any] = {}
        metadata: dict[str, Any] = {}
        if self.png and self.png["retina"]:
            data["image/png"], metadata["image/png"] = retina_figure(figure, base64=True)
        elif self.png:
            data["image/png"] = print_figure(figure, "png", base64=True)
        if self.svg:
            size = tuple(figure.get_size_inches())
            if size == (self.first["width"], self.first["height"]):
                figure.set_size_inches(self.svg["width"], self.svg["height"])
            try:
                data["image/svg+xml"] = without_metadata(print_figure(figure, "svg"))
            finally:
                figure.set_size_inches(*size)
        return data, self.marked(metadata)

    def marked(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """Metadata that say whether the bundle holds the same picture twice."""
        return {**metadata, "image/svg+xml": {"bindery": True}} if self.png and self.svg else metadata

    def set_up_plotnine(self, cls: Any) -> None:
        """Have a class of plotnine draw for both formats, wherever it is displayed from."""
        draw = cls._repr_mimebundle_

        def both(plot: Any, include: Any = None, exclude: Any = None) -> Bundle:
            from plotnine.options import get_option, set_option

            data: dict[str, Any] = {}
            metadata: dict[str, Any] = {}
            before = get_option("figure_format")
            for kind, spec in (("png", self.png), ("svg", self.svg)):
                if spec is None:
                    continue
                set_option("figure_format", "retina" if spec["retina"] else kind)
                try:
                    drawn, about = draw(self.resized(plot) if kind == "svg" else plot)
                finally:
                    set_option("figure_format", before)
                data |= {mime: plain(mime, value) for mime, value in drawn.items()}
                metadata |= about
            return data, self.marked(metadata)

        cls._repr_mimebundle_ = both

    def resized(self, plot: Any) -> Any:
        """A plot or composition of plotnine at the size for SVG, if nobody has given it a size."""
        from plotnine import theme

        plot = copy.deepcopy(plot)
        sized = getattr(plot, "last_plot", plot)  # a composition is as large as its last plot says
        if self.svg and tuple(sized.theme.getp("figure_size")) == (self.first["width"], self.first["height"]):
            sized.theme = sized.theme + theme(figure_size=(self.svg["width"], self.svg["height"]))
        return plot


def plain(mime: str, value: Any) -> str:
    """A picture as a notebook holds it: text, without date or program in an SVG."""
    if mime == "image/svg+xml":
        return without_metadata(value.decode() if isinstance(value, bytes) else value)
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def without_metadata(svg: str) -> str:
    """Take date and program out of an SVG: they change from day to day and from machine to machine."""
    return re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)


class AfterImport:
    """Does something to a module as soon as it has been imported, without importing it."""

    def __init__(self, actions: dict[str, Callable[[Any], None]]) -> None:
        self.actions = actions

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Find a module that something is to be done to; leave any other to the usual finders."""
        action = self.actions.pop(name, None)
        spec = importlib.util.find_spec(name) if action else None
        if action is None or spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_and_act(module: types.ModuleType) -> None:
            execute(module)
            action(module)

        spec.loader.exec_module = execute_and_act  # type: ignore[method-assign]
        return spec


def main() -> None:
    """Start the kernel and serve until it is told to end."""
    die_with_parent(int(os.environ.get("JPY_PARENT_PID") or os.getppid()))
    close_stdin()
    settings = json.loads(Path(sys.argv.pop(1)).read_text())
    sys.path.pop(0)  # the folder of this file is no place to import from
    recorder = Recorder(settings["root"], settings["apart"])
    sys.addaudithook(recorder)
    figures = Figures(settings["png"], settings["svg"])
    sys.meta_path.insert(
        0,
        AfterImport(
            {
                "matplotlib": figures.set_up_matplotlib,
                "plotnine.ggplot": lambda module: figures.set_up_plotnine(module.ggplot),
                "plotnine.composition._compose": lambda module: figures.set_up_plotnine(module.Compose),
            }
        ),
    )

    def report() -> None:
        Path(settings["report"]).write_text(json.dumps(recorder.inputs()))

    door = types.ModuleType(NAME)
    door.report = report  # type: ignore[attr-defined]
    sys.modules[NAME] = door

    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize()
    faulthandler.enable(Path(settings["crash"]).open("w"))  # noqa: SIM115 - open for as long as the kernel runs
    shell = app.kernel.shell
    shell.config.InlineBackend.figure_formats = set()
    shell.display_formatter.mimebundle_formatter.for_type_by_name("matplotlib.figure", "Figure", figures.matplotlib)
    app.start()


if __name__ == "__main__":
    main()
