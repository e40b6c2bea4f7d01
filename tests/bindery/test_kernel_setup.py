import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from bindery.kernel_setup import AfterImport, Figures, Recorder, plain, without_metadata

PNG = {"width": 7, "height": 5, "dpi": 96, "retina": True}
SVG = {"width": 5.5, "height": 3.5, "dpi": 96, "retina": False}


def opened(recorder: Recorder, path: Path, flags: int = os.O_RDONLY) -> None:
    recorder("open", (str(path), "r", flags))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (
        "data.csv",
        ".venv/x.py",
        "python/mod.py",
        "python/__pycache__/mod.pyc",
        "_freeze/a/facts.json",
        "out.csv",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_files_read_are_inputs_and_products_are_not(root: Path) -> None:
    recorder = Recorder(str(root), [str(root / "_freeze")])
    for name in ("data.csv", ".venv/x.py", "python/__pycache__/mod.pyc", "_freeze/a/facts.json", "missing.csv"):
        opened(recorder, root / name)
    opened(recorder, root / "out.csv", os.O_WRONLY | os.O_CREAT)
    opened(recorder, root / "out.csv")
    opened(recorder, Path("/etc/passwd"))
    assert recorder.inputs() == ["data.csv"]


def test_modules_of_the_project_are_inputs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mod", SimpleNamespace(__file__=str(root / "python" / "mod.py")))
    monkeypatch.setitem(sys.modules, "far", SimpleNamespace(__file__=str(root / ".venv" / "x.py")))
    assert Recorder(str(root), []).inputs() == ["python/mod.py"]


@pytest.mark.parametrize("arguments", [(3, "r", 0), (b"x", None, 0), ("\0", "r", 0), ("x", None, None)])
def test_the_hook_never_stops_anything(root: Path, arguments: tuple) -> None:
    Recorder(str(root), [])("open", arguments)


def test_something_is_done_after_an_import_and_only_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "small_module.py").write_text("value = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    seen = []
    monkeypatch.setattr(
        sys, "meta_path", [AfterImport({"small_module": lambda module: seen.append(module.value)}), *sys.meta_path]
    )
    assert seen == []
    __import__("small_module")
    assert seen == [1]
    monkeypatch.delitem(sys.modules, "small_module")


def test_dates_are_taken_out_of_svg() -> None:
    assert (
        without_metadata("<svg>\n <metadata>\n<dc:date>now</dc:date></metadata>\n <g/></svg>") == "<svg>\n <g/></svg>"
    )
    assert plain("image/svg+xml", b"<svg/>") == "<svg/>"
    assert plain("image/png", b"\x00") == "AA=="


@pytest.mark.parametrize(("size", "width"), [((7, 5), 5.5), ((4, 3), 4)])
def test_a_figure_is_drawn_twice_and_the_default_size_is_each_formats_own(size: tuple[int, int], width: float) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=96, layout="none")
    figure.add_axes((0, 0, 1, 1)).set_axis_off()
    data, metadata = Figures(PNG, SVG).matplotlib(figure) or ({}, {})
    assert set(data) == {"image/png", "image/svg+xml"}
    assert metadata["image/svg+xml"] == {"bindery": True}
    assert tuple(figure.get_size_inches()) == size
    drawn = (width + 0.2) * 72  # cut out with a margin of a tenth of an inch all around
    assert f'width="{drawn:g}pt"' in data["image/svg+xml"]


def test_a_figure_with_nothing_in_it_is_not_drawn() -> None:
    from matplotlib.figure import Figure

    assert Figures(PNG, SVG).matplotlib(Figure()) is None
