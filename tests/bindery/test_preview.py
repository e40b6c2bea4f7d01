import json
import queue
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import psutil
import pytest

from bindery.errors import BinderyError
from bindery.preview import prepare
from bindery.serve import EVENTS, FIRST_PORT, HOST, Server, State, with_script

CHAPTER = """# One

```{python}
#| label: one-value
import sys
sys.path.insert(0, "python")
from shop import value
print("the value is", value())
```
"""


def get(url):
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.read().decode()


class Events:
    """Listens to the stream of a preview as a page does."""

    def __init__(self, url):
        self.found = queue.SimpleQueue()
        self.response = urllib.request.urlopen(url.rstrip("/") + EVENTS, timeout=120)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.response:
            if line.startswith(b"data: "):
                self.found.put(json.loads(line[6:]))

    def next(self, timeout=60):
        return self.found.get(timeout=timeout)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "index.html").write_text("<html><body>first</body></html>")
    (tmp_path / "a.csv").write_text("1,2\n")
    return tmp_path


def test_pages_get_the_script_and_files_do_not(folder):
    with Server(folder) as server:
        assert "EventSource" in get(server.url)
        assert get(server.url + "a.csv") == "1,2\n"
    assert "EventSource" not in (folder / "index.html").read_text()


def test_script_stands_at_the_end_of_the_last_body():
    page = with_script("<body><pre>&lt;/body></body></pre></body></html>", State(3))
    assert page.index('data-build="3"') > page.index("</pre>")
    assert page.endswith("</script></body></html>")


def test_missing_page_is_404_and_reloads_when_it_is_there(folder):
    with Server(folder) as server, pytest.raises(urllib.error.HTTPError) as caught:
        get(server.url + "gone<b>.html")
    assert caught.value.code == 404
    text = caught.value.read().decode()
    assert "EventSource" in text
    assert "<b>" not in text


def test_page_is_told_of_builds_and_failures(folder):
    with Server(folder) as server:
        events = Events(server.url)
        assert events.next() == {"build": 0, "error": ""}
        server.publish(error="no")
        assert events.next() == {"build": 0, "error": "no"}
        server.publish()
        assert events.next() == {"build": 1, "error": ""}


def test_first_free_port(folder):
    with Server(folder) as first, Server(folder) as second:
        ports = [int(server.url.rstrip("/").rpartition(":")[2]) for server in (first, second)]
    assert FIRST_PORT <= ports[0] < ports[1]


def test_taken_port_is_named(folder):
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BinderyError, match=f"port {port} is taken"):
            Server(folder, port)


def test_a_command_that_fails_says_why(tmp_path):
    with pytest.raises(BinderyError, match=r"exit code 2:\n.*no-such-file"):
        prepare(tmp_path, "ls no-such-file")


@pytest.fixture
def previewed(book):
    """A book, its running preview, and the address of that."""
    project = book(CHAPTER, **{"python/shop/__init__.py": "def value():\n    return 41\n"})
    command = [sys.executable, "-m", "bindery", "preview", "--no-browser", "--project", str(project.root)]
    command += ["--before", "touch .prepared"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    lines = []
    url = None
    for line in process.stderr:
        lines.append(line)
        if line.startswith("serving "):
            url = line.split()[1]
            break
    assert url, "".join(lines)
    threading.Thread(target=lambda: lines.extend(process.stderr), daemon=True).start()
    yield project, url, process, lines
    process.kill()
    process.wait()


@pytest.mark.slow
def test_saved_changes_are_taken_up(previewed):
    project, url, process, lines = previewed
    assert "the value is 41" in get(url + "chapters/one.html")
    events = Events(url)
    build = events.next()["build"]

    assert not (project.root / ".prepared").exists()
    module = project.root / "python/shop/__init__.py"
    module.write_text("def value():\n    return 42\n")
    assert events.next() == {"build": build + 1, "error": ""}
    assert (project.root / ".prepared").exists()
    assert "the value is 42" in get(url + "chapters/one.html")

    module.write_text("def value():\n    raise KeyError('gone')\n")
    assert "KeyError: 'gone'" in events.next()["error"]
    assert "the value is 42" in get(url + "chapters/one.html")

    module.write_text("def value():\n    return 43\n")
    assert events.next() == {"build": build + 2, "error": ""}
    assert "the value is 43" in get(url + "chapters/one.html")
    assert "EventSource" not in (project.output_dir / "chapters/one.html").read_text()

    config = project.root / "_quarto.yml"
    good = config.read_text()
    config.write_text("project: [\n")
    assert "_quarto.yml" in events.next()["error"]
    config.write_text(good.replace("Small", "Large"))
    assert events.next() == {"build": build + 3, "error": ""}
    assert "Large" in get(url)

    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
    assert "preview ended\n" in lines
    assert psutil.wait_procs(family, timeout=5)[1] == []
