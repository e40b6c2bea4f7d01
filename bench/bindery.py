"""How fast the bindery is: side by side against one after the other, and against pandoc and typst alone."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pypandoc

from bench.timing import medians, seconds

ROOT = Path(__file__).resolve().parents[1]
BINDERY = [sys.executable, "-m", "bindery"]
CHAPTER = """---
title: "Chapter {number}"
---

```{{python}}
#| label: chapter{number}-work
total = 0
for number in range(60_000_000):
    total += number & 3
total
```
"""


def run() -> Iterator[str]:
    """Yield one line per measurement."""
    with tempfile.TemporaryDirectory(prefix="patrons-bench-") as name:
        yield from _side_by_side(Path(name))
        yield from _binding(Path(name))


def _side_by_side(folder: Path) -> Iterator[str]:
    book = folder / "equal"
    (book / "chapters").mkdir(parents=True)
    chapters = [f"chapters/chapter{number}.qmd" for number in range(1, 5)]
    for number, chapter in enumerate(chapters, start=1):
        (book / chapter).write_text(CHAPTER.format(number=number))
    (book / "index.qmd").write_text("# Preface {.unnumbered}\n\nFour chapters of equal weight.\n")
    listed = "".join(f"    - {chapter}\n" for chapter in ["index.qmd", *chapters])
    (book / "_quarto.yml").write_text(
        f"project:\n  type: book\nbook:\n  title: Bench\n  chapters:\n{listed}jupyter: python3\n"
        "format:\n  html: default\n  typst: default\n"
    )
    times = medians(
        {
            jobs: lambda jobs=jobs: seconds(
                [*BINDERY, "execute", "--project", str(book), "--jobs", jobs, "--force"], book
            )
            for jobs in ("1", "2")
        },
        rounds=3,
    )
    one, two = times["1"], times["2"]
    yield f"execute, 4 equal chapters: JOBS=2 / JOBS=1 = {two / one:.2f} ({two:.1f} s / {one:.1f} s)"


def _binding(folder: Path) -> Iterator[str]:
    out = folder / "out"
    chapters = [ROOT / "index.qmd", *sorted((ROOT / "chapters").glob("*.qmd"))]
    pandoc = pypandoc.get_pandoc_path()

    def fresh(kind: str) -> float:
        shutil.rmtree(out, ignore_errors=True)
        return seconds([*BINDERY, "bind", "--to", kind, "--output-dir", str(out)], ROOT)

    times = medians(
        {
            "pandoc": lambda: sum(
                seconds([pandoc, str(chapter), "-t", "html", "-o", "/dev/null"], ROOT) for chapter in chapters
            ),
            "html": lambda: fresh("html"),
            "typst": lambda: fresh("typst"),
            "nothing": lambda: seconds(["make", "book"], ROOT),
        },
        rounds=5,
    )
    for name, what in (
        ("html", "bind the site"),
        ("typst", "bind the PDF"),
        ("nothing", "make book, nothing changed"),
    ):
        taken, alone = times[name], times["pandoc"]
        against = f"pandoc on the {len(chapters)} bare chapters"
        yield f"{what}: {taken / alone:.1f} × {against} ({taken:.2f} s / {alone:.2f} s)"
