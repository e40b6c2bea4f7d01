import json
import subprocess
import sys
from pathlib import Path

import pytest

import bindery
from bindery.resources import PublishError, main, publish

RFM, DATA = "chapters/rfm.qmd", "chapters/data.qmd"


@pytest.fixture
def leave(tmp_path):
    """Write a file into a chapter's files in the freeze."""

    def write(chapter, name, text):
        path = tmp_path / "_freeze" / chapter.removesuffix(".qmd") / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return write


@pytest.fixture
def out(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_files_keep_their_place(leave, tmp_path, out):
    leave(RFM, "data/fig-rfm-heat.csv", "a,b\n")
    assert publish(tmp_path / "_freeze", [RFM, DATA], out) == ["data/fig-rfm-heat.csv"]
    assert (out / "data/fig-rfm-heat.csv").read_text() == "a,b\n"


def test_facts_are_merged_and_sorted(leave, tmp_path, out):
    leave(RFM, "facts.json", '{"rfm.b": {"value": 1.5, "low": null}, "rfm.a": 2}')
    leave(DATA, "facts.json", '{"data.name": "Café"}')
    publish(tmp_path / "_freeze", [RFM, DATA], out)
    text = (out / "facts.json").read_text(encoding="utf-8")
    assert list(json.loads(text)) == ["data.name", "rfm.a", "rfm.b"]
    assert json.loads(text)["rfm.b"] == {"value": 1.5, "low": None}
    assert "Café" in text


def test_only_chapters_of_the_book_publish(leave, tmp_path, out):
    leave("chapters/gone.qmd", "data/x.csv", "")
    assert publish(tmp_path / "_freeze", [RFM], out) == []


def test_same_path_twice_names_both(leave, tmp_path, out):
    leave(RFM, "data/x.csv", "1")
    leave(DATA, "data/x.csv", "1")
    with pytest.raises(PublishError, match=r"chapters/rfm.qmd and chapters/data.qmd both publish data/x.csv"):
        publish(tmp_path / "_freeze", [RFM, DATA], out)


def test_one_fact_with_two_values_names_both(leave, tmp_path, out):
    leave(RFM, "facts.json", '{"n": 1}')
    leave(DATA, "facts.json", '{"n": 2}')
    with pytest.raises(PublishError, match=r"chapters/rfm.qmd and chapters/data.qmd both publish 'n' in facts.json"):
        publish(tmp_path / "_freeze", [RFM, DATA], out)


def test_json_that_is_no_object_cannot_be_merged(leave, tmp_path, out):
    leave(RFM, "facts.json", "[1]")
    leave(DATA, "facts.json", "{}")
    with pytest.raises(PublishError, match="not a JSON object"):
        publish(tmp_path / "_freeze", [RFM, DATA], out)


def test_page_of_the_site_is_not_overwritten(leave, tmp_path, out):
    leave(RFM, "index.html", "mine")
    (out / "index.html").write_text("page")
    with pytest.raises(PublishError, match="rename it"):
        publish(tmp_path / "_freeze", [RFM], out)
    assert (out / "index.html").read_text() == "page"


def test_after_a_render_by_quarto(leave, tmp_path, out):
    leave(RFM, "data/x.csv", "1")
    leave(DATA, "facts.json", '{"n": 1}')
    for stem in ("rfm", "data"):
        (tmp_path / "_freeze/chapters" / stem / "execute-results").mkdir()
    for _ in range(2):
        assert main([str(tmp_path / "_freeze"), str(out)]) == 0
    assert sorted(path.name for path in out.rglob("*.*")) == ["facts.json", "x.csv"]


def test_needs_no_environment(out, tmp_path):
    environment = {"PYTHONPATH": str(Path(bindery.__file__).parent.parent)}
    command = [sys.executable, "-S", "-m", "bindery.resources", str(tmp_path / "none"), str(out)]
    subprocess.run(command, check=True, env=environment)
