"""One kernel for one chapter: started, asked, and ended with all its children whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from bindery import kernel_setup
from bindery.display import Output
from bindery.options import RASTER, VECTOR, Execution


class KernelDied(Exception):
    """The kernel ended in the middle of a cell, without a Python exception; the text says where it was, if known."""


@dataclass(frozen=True)
class Answer:
    """What a cell gave: its outputs, and the exception that ended it, if one did (also among the outputs)."""

    outputs: list[Output]
    error: Output | None


class _OwnSpec(KernelSpecManager):
    """Finds one kernel: this Python, running `kernel_setup.py`; what Jupyter has installed does not matter."""

    argv: list[str]

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(argv=self.argv, display_name="Python", language="python")


class Kernel:
    """A running kernel, as a context manager.

    Parameters
    ----------
    root : Path
        The project; files read under it are inputs.
    cwd : Path
        Where cells run.
    environment : mapping
        All of the kernel's environment variables.
    executions : mapping
        Options of the document for each format, for the size of figures.
    apart : list of Path
        Folders under `root` that hold products, not inputs.
    """

    def __init__(
        self,
        root: Path,
        cwd: Path,
        environment: Mapping[str, str],
        executions: Mapping[str, Execution],
        apart: list[Path],
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bindery-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        self._report, self._crash = folder / "report.json", folder / "crash.txt"
        scratch = folder / "tmp"
        scratch.mkdir()
        (folder / "settings.json").write_text(
            json.dumps(
                {
                    "root": str(root),
                    "apart": [str(path) for path in apart],
                    "report": str(self._report),
                    "crash": str(self._crash),
                    **figure_settings(executions),
                }
            )
        )
        self._cwd = cwd
        self._environment = {**environment, "IPYTHONDIR": str(folder / "ipython"), "TMPDIR": str(scratch)}
        spec = _OwnSpec()
        spec.argv = [sys.executable, kernel_setup.__file__, str(folder / "settings.json")]
        spec.argv += ["-f", "{connection_file}", "--HistoryManager.enabled=False"]
        manager = AsyncKernelManager(kernel_spec_manager=spec, connection_file=str(folder / "k.json"))
        if sys.platform != "win32":
            # sockets in our own folder: ports can be taken by another kernel between choosing and binding
            manager.transport, manager.ip = "ipc", str(folder / "s")
        manager.shutdown_wait_time = 5.0
        self._client = NotebookClient(
            nbformat.v4.new_notebook(), km=manager, resources={"metadata": {"path": str(cwd)}}, record_timing=False
        )
        self._client.startup_timeout = 120

    def __enter__(self) -> Kernel:
        try:
            # what reaches these in spite of IPython is chatter of compiled libraries, or of a kernel being ended
            quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            self._client.start_new_kernel(env=self._environment, cwd=str(self._cwd), **quiet)
            self._client.start_new_kernel_client()
        except BaseException:
            self._end(now=True)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end(now=kind is not None)

    def run(self, source: str, allow_errors: bool = False) -> Answer:
        """Run a cell.

        Raises
        ------
        KernelDied
            If there is no kernel any more.
        """
        cell = nbformat.v4.new_code_cell(source)
        if allow_errors:
            cell.metadata["tags"] = ["raises-exception"]
        self._client.nb.cells = [cell]
        with self._alive(), contextlib.suppress(CellExecutionError):
            self._client.execute_cell(cell, 0, store_history=True)
        # an object that cannot be shown leaves an error among the outputs though the cell itself succeeded
        errors = [output for output in cell.outputs if output["output_type"] == "error"]
        return Answer(list(cell.outputs), errors[0] if errors else None)

    def evaluate(self, expressions: list[str]) -> dict[str, Mapping[str, Any]]:
        """Evaluate expressions; each gives a MIME bundle, or the exception it raised (`status` is `error`)."""
        asked = {str(number): expression for number, expression in enumerate(expressions)}
        with self._alive():
            content = self._ask("", user_expressions=asked)
        return {asked[key]: result for key, result in content["user_expressions"].items()}

    def inputs(self) -> list[str]:
        """Files that the kernel read and modules that it loaded so far, relative to the project."""
        with self._alive():
            self._ask(f"__import__({kernel_setup.NAME!r}).report()", silent=True, store_history=False)
        return list(json.loads(self._report.read_text()))

    def _ask(self, code: str, **options: Any) -> dict[str, Any]:
        client = self._client.kc
        assert client is not None
        reply = self._client.wait_for_reply(client.execute(code, **options))
        assert reply is not None  # it would have raised
        return dict(reply["content"])

    @contextlib.contextmanager
    def _alive(self) -> Iterator[None]:
        try:
            yield
        except DeadKernelError as error:
            trace = self._crash.read_text(encoding="utf-8", errors="replace") if self._crash.is_file() else ""
            raise KernelDied(trace) from error

    def _end(self, now: bool) -> None:
        """End the kernel and whatever it started, and remove its folder."""
        manager = self._client.km
        provisioner = getattr(manager, "provisioner", None)
        group = getattr(provisioner, "pgid", None)
        self._client.shutdown_kernel = "immediate" if now else "graceful"
        try:
            if manager is not None and manager.has_kernel:
                self._client._cleanup_kernel()
        finally:
            if group and sys.platform != "win32":
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(group, signal.SIGKILL)
            self._folder.cleanup()


def figure_settings(executions: Mapping[str, Execution]) -> dict[str, Any]:
    """Which kinds of picture the formats need, each with the size of the first format that shows it."""
    found: dict[str, Any] = {"png": None, "svg": None}
    for execution in executions.values():
        kind = "svg" if execution.fig_format in VECTOR else "png" if execution.fig_format in RASTER else None
        if kind and found[kind] is None:
            found[kind] = {
                "width": execution.fig_width,
                "height": execution.fig_height,
                "dpi": execution.fig_dpi,
                "retina": execution.fig_format == "retina",
            }
    return found
