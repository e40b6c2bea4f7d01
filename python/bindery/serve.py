"""Serve a folder of pages on this machine and tell open pages when to reload.

Pages get a small script on their way out, which listens for server-sent events; files stay as they are.
"""

from __future__ import annotations

import html
import json
import threading
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bindery.errors import BinderyError

HOST = "127.0.0.1"
FIRST_PORT = 4321
PORTS = 100
EVENTS = "/.bindery/events"
HEARTBEAT = 10.0
"""Seconds after which a silent connection is tried: a page that was closed is noticed then."""

SCRIPT = (Path(__file__).parent / "templates" / "reload.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class State:
    """What open pages have to know: the number of the build they can have, and why a later one failed."""

    build: int = 0
    error: str = ""


class Server:
    """A web server for one folder, in threads of its own, as a context manager.

    Parameters
    ----------
    folder
        What to serve; it may be exchanged while it is served.
    port
        Default: the first free one from 4321.

    Raises
    ------
    BinderyError
        The port, or every port tried, is taken.
    """

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.state = State()
        self.changed = threading.Condition()
        self.closing = False
        self._http = _listen(partial(_Handler, server_=self, directory=str(folder)), port)
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Address of the first page."""
        return f"http://{HOST}:{self._http.server_port}/"

    def publish(self, error: str = "") -> None:
        """Tell open pages of a build: to reload if it went well, else to show the error."""
        with self.changed:
            self.state = State(self.state.build + (not error), error)
            self.changed.notify_all()

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self.changed:
            self.closing = True
            self.changed.notify_all()
        self._http.shutdown()
        self._http.server_close()


def with_script(page: str, state: State) -> str:
    """Return a page with the script that reloads it, at the end of its body."""
    script = f'<script data-build="{state.build}">{SCRIPT}</script>'
    before, body, after = page.rpartition("</body>")
    return f"{before}{script}{body}{after}" if body else page + script


class _Handler(SimpleHTTPRequestHandler):
    """Serves files as they are, pages with the script, and the stream of events."""

    def __init__(self, *args: Any, server_: Server, **options: Any) -> None:
        self.owner = server_
        super().__init__(*args, **options)

    def do_GET(self) -> None:
        """Answer a request."""
        if self.path == EVENTS:
            self._stream()
            return
        file = Path(self.translate_path(self.path))
        if file.is_dir() and self.path.split("?")[0].endswith("/"):
            file /= "index.html"
        if file.suffix == ".html" or not file.exists():
            self._page(file)
        else:
            super().do_GET()

    def end_headers(self) -> None:
        """Have every page fetched anew: what was served a moment ago may be out of date."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the terminal for the builds."""

    def _page(self, file: Path) -> None:
        state = self.owner.state
        try:
            text, status = file.read_text(encoding="utf-8"), HTTPStatus.OK
        except OSError:
            name = html.escape(self.path)
            text = f"<!doctype html><title>Not there</title><body><p>{name} is not in the book.</p></body>"
            status = HTTPStatus.NOT_FOUND
        content = with_script(text, state).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        told: State | None = None
        try:
            while not self.owner.closing:
                with self.owner.changed:
                    if self.owner.state == told:
                        self.owner.changed.wait(HEARTBEAT)
                    now = self.owner.state
                text = f"data: {json.dumps(vars(now))}\n\n" if now != told else ": still here\n\n"
                told = now
                self.wfile.write(text.encode())
                self.wfile.flush()
        except ConnectionError:
            return  # the page was closed or left


class _Quiet(ThreadingHTTPServer):
    """A server that takes a browser's hanging up as what it is."""

    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of one connection."""


def _listen(handler: Any, port: int | None) -> ThreadingHTTPServer:
    candidates = [port] if port is not None else range(FIRST_PORT, FIRST_PORT + PORTS)
    for candidate in candidates:
        try:
            return _Quiet((HOST, candidate), handler)
        except OSError:
            continue
    taken = f"port {port} is taken" if port is not None else f"ports {FIRST_PORT} to {FIRST_PORT + PORTS - 1} are taken"
    raise BinderyError(f"{taken}; choose another with --port")
