"""What the set-up says where it may not install."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv") or not shutil.which("apt-get"),
    reason="needs root, to become somebody who is not, and apt",
)
def test_without_root_it_names_the_command_for_the_administrator(root: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        checkout = Path(name)
        checkout.chmod(0o755)
        shutil.copytree(root / "tools", checkout / "tools")
        packages = checkout / "tools" / "apt-packages.txt"
        packages.write_text(packages.read_text() + "a-package-that-is-not-installed\n")
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", checkout / "tools" / "setup", "book"],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    assert done.returncode == 1
    assert "apt-get install -y --no-install-recommends a-package-that-is-not-installed" in done.stderr


def test_a_wrong_word_is_wrong_usage(root: Path) -> None:
    done = subprocess.run([root / "tools" / "setup", "nonsense"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "usage" in done.stderr


@pytest.mark.parametrize("script", ["quarto-pre-render", "quarto-post-render"])
def test_quarto_steps_leave_a_single_file_alone(root: Path, tmp_path: Path, script: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("QUARTO_")}
    done = subprocess.run(
        [root / "tools" / script], capture_output=True, text=True, cwd=tmp_path, env=environment, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_quarto_renders_from_the_freeze_on_a_bare_clone(root: Path, tmp_path: Path) -> None:
    environment = os.environ | {"QUARTO_PROJECT_RENDER_ALL": "1"}
    done = subprocess.run(
        ["sh", root / "tools" / "quarto-pre-render"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        check=False,
    )
    assert done.returncode == 0
    assert "committed _freeze/" in done.stdout
