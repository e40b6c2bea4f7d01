"""How a test is laid out: which arm comes first, and how many people each should hold."""

import pytest

from patrons.design import make_design
from patrons.errors import PatronsError
from patrons.settings import Experiment


def experiment(**more):
    return Experiment(file="test.csv", columns={"arm": "arm"}, control="none", **more)


def test_arms_follow_the_plan_and_otherwise_their_names():
    arms = ["apple", "none", "pear"]
    assert make_design(experiment(), arms).arms == ("none", "apple", "pear")
    planned = make_design(experiment(allocation={"pear": 2, "none": 1, "apple": 1}), arms)
    assert planned.arms == ("none", "pear", "apple")
    assert planned.allocation == {"none": 0.25, "pear": 0.5, "apple": 0.25}


def test_an_allocation_must_name_every_arm():
    with pytest.raises(PatronsError, match="allocation must give each arm its share"):
        make_design(experiment(allocation={"none": 1, "plum": 1}), ["none", "pear"])
