import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bindery import fonts

ROOT = Path(__file__).parents[2]


def match(pattern: str, config: Path) -> str:
    """File that fontconfig picks for a pattern."""
    env = os.environ | {"FONTCONFIG_FILE": str(config)}
    done = subprocess.run(["fc-match", "-f", "%{file}", pattern], env=env, capture_output=True, text=True, check=True)
    return done.stdout


def test_no_template_means_the_machines_fonts(tmp_path):
    assert fonts.configure(tmp_path) is None


def test_configure_fills_in_the_projects_folders_and_is_stable(tmp_path):
    (tmp_path / "assets" / "fontconfig").mkdir(parents=True)
    shutil.copy(ROOT / fonts.TEMPLATE, tmp_path / fonts.TEMPLATE)
    first = fonts.configure(tmp_path)
    written = first.stat().st_mtime_ns
    text = first.read_text()
    assert f"<dir>{tmp_path / 'assets' / 'fonts'}</dir>" in text
    assert "{fonts}" not in text.split("-->", 1)[1]
    assert fonts.configure(tmp_path) == first
    assert first.stat().st_mtime_ns == written


@pytest.mark.skipif(not shutil.which("fc-match"), reason="fontconfig's programs are not installed")
@pytest.mark.parametrize(
    ("pattern", "file"),
    [
        ("Inter", "Inter-Regular.ttf"),
        ("Inter:bold", "Inter-Bold.ttf"),
        ("Inter:italic", "Inter-Italic.ttf"),
        ("sans", "Inter-Regular.ttf"),
        ("Helvetica", "Inter-Regular.ttf"),
        ("Source Serif 4", "SourceSerif4-Regular.otf"),
        ("Source Serif 4:italic", "SourceSerif4-It.otf"),
    ],
)
def test_fontconfig_finds_the_vendored_file(pattern, file):
    assert match(pattern, fonts.configure(ROOT)) == str(ROOT / fonts.FONTS / file)
