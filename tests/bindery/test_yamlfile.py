import pytest

from bindery import yamlfile
from bindery.errors import ProjectError


def test_yaml_is_that_of_version_1_2() -> None:
    assert yamlfile.mapping("a: yes\nb: 010\nc: 1e3\nd: [1, {e: null}]\n", "x") == {
        "a": "yes",
        "b": 10,
        "c": 1000.0,
        "d": [1, {"e": None}],
    }


def test_keys_know_their_lines() -> None:
    assert yamlfile.lines("a:\n  b: 1\n\n# comment\nc: {d: 2}\n", 11) == {
        ("a",): 11,
        ("a", "b"): 12,
        ("c",): 15,
        ("c", "d"): 15,
    }


def test_nothing_is_an_empty_mapping_and_a_list_is_none() -> None:
    assert yamlfile.mapping("# nothing\n", "x") == {}
    with pytest.raises(ProjectError, match=r"x:3: expected `key: value` lines, found list"):
        yamlfile.mapping("- a\n", "x", 3)


def test_mappings_are_merged_and_the_rest_is_replaced() -> None:
    base = {"a": {"b": 1, "c": [1]}, "d": 1}
    assert yamlfile.merge(base, {"a": {"c": [2]}, "d": {"e": 1}}) == {"a": {"b": 1, "c": [2]}, "d": {"e": 1}}
    assert base == {"a": {"b": 1, "c": [1]}, "d": 1}
