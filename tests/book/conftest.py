"""The built book. `make test` builds it first."""

import functools
import http.server
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import hostile
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from patrons import paths
from patrons.source import load


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker have all tests of the hostile book, which takes minutes to make."""
    for item in items:
        if "hostile" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("hostile"))


@pytest.fixture(scope="session")
def book(root: Path) -> Path:
    """The directory of the built site and PDF."""
    built = root / "_book"
    if not (built / "index.html").exists():
        pytest.fail("there is no built book; run make book first")
    return built


@pytest.fixture(scope="session")
def pages(book: Path) -> list[Path]:
    """Every page of the site."""
    return sorted(book.rglob("*.html"))


@pytest.fixture(scope="session")
def hostile_book(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The directory of a book that `make book` made of a shop whose every text is written to do harm."""
    source, out = hostile.write(tmp_path_factory.mktemp("shop")), tmp_path_factory.mktemp("book")
    key = load(source, paths.default_source()).key
    environment = {**os.environ, "SOURCE": str(source), "OUT": str(out), "BINDER": "bindery"}
    try:
        done = subprocess.run(
            ["sh", "tools/book"], cwd=root, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        yield out
    finally:
        for folder in (paths.built(key), root / "_sources" / key, root / "models" / key):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (paths.rejected(key), paths.problems(key)):
            file.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def server(book: Path) -> Iterator[str]:
    """The site behind a web server on this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=book)) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium, driven by Playwright."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("chromium is not installed; make test installs it")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking", "--disable-sync"]
        )
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose failed requests, console errors and requests to other hosts are collected in `page.troubles`."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    troubles: list[str] = []
    opened.on("requestfailed", lambda request: troubles.append(f"failed: {request.url}"))
    opened.on(
        "response", lambda response: response.status >= 400 and troubles.append(f"{response.status}: {response.url}")
    )
    opened.on("console", lambda message: message.type == "error" and troubles.append(f"console: {message.text}"))
    opened.on("pageerror", lambda error: troubles.append(f"script: {error}"))
    opened.on("request", lambda request: _note_foreign(request.url, troubles))
    opened.troubles = troubles  # type: ignore[attr-defined]
    yield opened
    context.close()


def _note_foreign(url: str, troubles: list[str]) -> None:
    if not url.startswith(("file:", "data:", "blob:", "http://127.0.0.1:")):
        troubles.append(f"asks the network: {url}")
