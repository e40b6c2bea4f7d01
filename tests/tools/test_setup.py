"""What the set-up says where it may not install."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest


def set_up_as_nobody(root: Path, *, purpose: str = "book", **environment: str) -> str:
    """Run the set-up of a copy of the project with a package that cannot be installed; return what it says."""
    if os.geteuid() != 0 or not shutil.which("setpriv") or not shutil.which("apt-get"):
        pytest.skip("needs root, to become somebody who is not, and apt")
    with tempfile.TemporaryDirectory() as name:
        checkout = Path(name)
        checkout.chmod(0o755)
        shutil.copytree(root / "tools", checkout / "tools")
        packages = checkout / "tools" / "apt-packages.txt"
        packages.write_text(packages.read_text() + "a-package-that-is-not-installed\n")
        (checkout / "spark.yml").write_text("name: Large\nengine: 'pyspark://'\n")
        (checkout / "other.yml").write_text("name: Small\n# engine: pyspark://\nengine: duckdb://\n")
        done = subprocess.run(
            [
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "sh",
                checkout / "tools" / "setup",
                purpose,
            ],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env=os.environ | environment,
            check=False,
        )
    assert done.returncode == 1
    return done.stderr


def test_without_root_it_names_the_command_for_the_administrator(root: Path) -> None:
    said = set_up_as_nobody(root)
    assert re.search(r"apt-get install -y --no-install-recommends .*a-package-that-is-not-installed", said)


@pytest.mark.parametrize(
    ("purpose", "source", "wanted"),
    [("book", "spark.yml", True), ("book", "other.yml", False), ("book", "", False), ("spark", "", True)],
)
def test_java_is_installed_where_spark_is_wanted(root: Path, purpose: str, source: str, wanted: bool) -> None:
    said = set_up_as_nobody(root, purpose=purpose, SOURCE=source, JAVA_HOME="/nowhere")
    assert ("default-jre-headless" in said) == wanted


@pytest.mark.parametrize(("version", "wanted"), [("21.0.1", False), ("11.0.2", True)])
def test_a_java_that_is_there_will_do(root: Path, version: str, wanted: bool) -> None:
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o755)
        java = Path(home, "bin", "java")
        java.parent.mkdir()
        java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
        java.chmod(0o755)
        said = set_up_as_nobody(root, purpose="spark", SOURCE="", JAVA_HOME=home)
    assert ("default-jre-headless" in said) == wanted


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
