"""Two renders of one checkout, in two folders and by one and two workers, give the same bytes."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

MADE = ("_book", "_freeze", "models", "data/raw", "data/rejected")


def copied(root: Path, folder: Path) -> Path:
    """Copy what is under version control, without results, and lend it the environment."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True).stdout
    for name in filter(None, tracked.split("\0")):
        if not name.startswith("_freeze/") and (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, folder / name)
    (folder / ".venv").symlink_to(root / ".venv")
    return folder


def rendering(checkout: Path, jobs: int) -> subprocess.Popen[bytes]:
    """Start what `make book` does once the machine is set up."""
    environment = {name: value for name, value in os.environ.items() if name not in ("SOURCE", "OUT", "BINDER")}
    environment |= {"PYTHONPATH": str(checkout / "python"), "JOBS": str(jobs), "BINDER": "bindery"}
    with (checkout / "render.log").open("wb") as log:
        return subprocess.Popen(["sh", "tools/book"], cwd=checkout, env=environment, stdout=log, stderr=log)


def digests(checkout: Path) -> dict[str, str]:
    """Return the SHA-256 of each file that a render made."""
    return {
        str(file.relative_to(checkout)): hashlib.sha256(file.read_bytes()).hexdigest()
        for name in MADE
        for file in sorted((checkout / name).rglob("*"))
        if file.is_file()
    }


@pytest.mark.slow
def test_two_folders_hold_the_same_bytes(root: Path, tmp_path: Path) -> None:
    here = copied(root, tmp_path / "patrons")
    there = copied(root, tmp_path / "another place" / "a checkout with a longer name")
    running = {checkout: rendering(checkout, jobs) for checkout, jobs in ((here, 1), (there, 2))}
    try:
        for checkout, process in running.items():
            code = process.wait(timeout=2400)
            assert code == 0, (checkout / "render.log").read_text(encoding="utf-8")[-3000:]
    finally:
        for process in running.values():
            process.kill()
    first, second = digests(here), digests(there)
    assert first.keys() == second.keys()
    assert {name for name in first if first[name] != second[name]} == set()
    for name in ("_book/index.html", "_book/Patrons.pdf", "_book/facts.json", "_book/dashboard.html"):
        assert name in first
    assert any(name.startswith("models/") and name.endswith(".skops") for name in first)
    assert any(name.startswith("_freeze/chapters/") for name in first)
