"""The book's fonts, and how programs that ask fontconfig (R's cairo devices) come to find them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

TEMPLATE = Path("assets/fontconfig/fonts.conf")
FONTS = Path("assets/fonts")
CACHE = Path(".cache/fontconfig")


def folder(root: Path) -> Path:
    """Folder that holds the vendored fonts of the project at `root`."""
    return root.resolve() / FONTS


def configure(root: Path) -> Path | None:
    """Write the project's fontconfig file and return its path, for the environment variable FONTCONFIG_FILE.

    Fontconfig wants absolute paths, which no committed file can know: the template is filled in for this machine. The
    file is replaced only when its text changes, so that kernels that read it at the same time see one and the same.

    Parameters
    ----------
    root
        The project's folder.

    Returns
    -------
    Path or None
        `<root>/.cache/fontconfig/fonts.conf`; None for a project without a template (the machine's fonts are used).
    """
    root = root.resolve()
    template = root / TEMPLATE
    if not template.is_file():
        return None
    cache = root / CACHE
    text = template.read_text(encoding="utf-8")
    text = text.replace("{fonts}", escape(str(folder(root)))).replace("{cache}", escape(str(cache)))
    target = cache / "fonts.conf"
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        cache.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=cache, suffix=".conf")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(target)
    return target
