"""Models fitted to whole worlds: the numbers of the book again, and the same bytes in every folder."""

import json
import os
import subprocess
import sys
from datetime import datetime

import pandas as pd
import pytest

from patrons import clusters_study, rfm, scoring_cli, scoring_models, scoring_run, scoring_store
from patrons.build import open_source
from patrons.cli import main
from patrons.shop import open_shop

pytestmark = pytest.mark.slow


def hush(_):
    """Say nothing."""


@pytest.fixture(scope="module")
def house(root, tmp_path_factory):
    """A project folder with the data of this one and models of its own."""
    folder = tmp_path_factory.mktemp("house")
    for name in ("data", "requirements.txt"):
        (folder / name).symlink_to(root / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATRONS_HOME", str(folder))
        patch.delenv("PATRONS_SOURCE", raising=False)
        yield folder


@pytest.fixture(scope="module")
def default(house):
    shop = open_shop()
    scoring_store.save(scoring_models.fit(shop), shop.source)
    return shop


def score(shop, file, target, moment=None):
    scoring_run.run(shop, file, target, moment, hush)
    return pd.read_parquet(target)


@pytest.fixture(scope="module")
def scores(default, house):
    return score(default, house / "data" / "raw" / "transactions.csv", house / "own.parquet")


def facts(root, chapter):
    file = root / "_freeze" / "chapters" / chapter / "files" / "facts.json"
    return {name: fact["value"] for name, fact in json.loads(file.read_text(encoding="utf-8")).items()}


def test_the_default_worlds_own_customers_are_where_the_book_has_them(root, scores):
    book = facts(root, "rfm")
    for segment, count in scores["segment"].value_counts().items():
        assert count == book[f"rfm.segment.{segment}.customers"]
    book = facts(root, "segments")
    for group, count in scores["group"].value_counts().items():
        assert count == book[f"segments.{int(group)}.customers"]


def test_their_value_is_that_of_the_book(root, scores):
    assert scores["expected_value"].sum() == pytest.approx(facts(root, "lifetime-value")["lifetime.total"], rel=1e-9)


def test_what_is_said_of_them_is_a_chance_and_an_action(scores):
    for name in ("probability_alive", "response_probability", "leave_probability"):
        assert scores[name].dropna().between(0, 1).all()
    assert scores["response_probability"].notna().all()
    assert (scores["expected_return_low"] <= scores["expected_return"]).all()
    assert (scores["expected_return"] <= scores["expected_return_high"]).all()
    assert scores["recommended_action"].notna().all()


def test_ids_rows_and_orders_give_the_same_scores(default, house, scores):
    raw = house / "data" / "raw" / "customers.csv"
    people = score(default, raw, house / "people.parquet").drop_duplicates("customer_id")
    ids = house / "ids.csv"
    scores[["customer_id"]].to_csv(ids, index=False)
    looked_up = score(default, ids, house / "ids.parquet")
    numbers = ["r", "f", "m", "group", "probability_alive", "expected_value"]
    pd.testing.assert_frame_equal(looked_up.drop(columns="row"), scores.drop(columns="row"), rtol=1e-9)
    for found in (people, looked_up):
        both = found.merge(scores, on="customer_id", suffixes=("", "_own"))
        assert len(both) >= len(scores) - 60
        for name in numbers:
            pd.testing.assert_series_equal(
                both[name], both[f"{name}_own"], check_names=False, rtol=1e-9, check_dtype=False
            )


def test_fit_has_nothing_to_do_a_second_time(default, capsys):
    assert main(["fit"]) == 0
    assert capsys.readouterr().out == "Simulated shop: the models are up to date; nothing to do\n"


def test_another_folder_another_process_and_another_hash_seed_give_the_same_bytes(root, default, house, tmp_path):
    for name in ("data", "requirements.txt"):
        (tmp_path / name).symlink_to(root / name)
    environment = os.environ | {
        "PATRONS_HOME": str(tmp_path),
        "PYTHONPATH": str(root / "python"),
        "PYTHONHASHSEED": "7",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "patrons", "fit", "--source", str(tmp_path / "data" / "source.yml")]
    subprocess.run(command, env=environment, cwd=tmp_path, check=True, capture_output=True)
    one, two = (
        {file.name: file.read_bytes() for file in (home / "models" / "default").iterdir()} for home in (house, tmp_path)
    )
    assert {*one} == {*two}
    assert [name for name in one if one[name] != two[name]] == []


@pytest.fixture
def fitted(home, root, reference_data):
    def of(name):
        (home / "data").mkdir(exist_ok=True)
        (home / "data" / "segments.yml").write_bytes((root / "data" / "segments.yml").read_bytes())
        shop = open_shop(reference_data / name / "source.yml")
        scoring_store.save(scoring_models.fit(shop), shop.source)
        return shop, reference_data / name

    return of


def test_cdnow(fitted, tmp_path):
    shop, folder = fitted("cdnow")
    own = rfm.score(rfm.measured(shop).customers).customers["segment"].astype(str)
    found = score(shop, folder / "CDNOW_sample.txt", tmp_path / "own.parquet")
    assert len(found) == 2357
    assert found["segment"].value_counts().to_dict() == own.value_counts().to_dict()
    one = tmp_path / "one.csv"
    one.write_text("customer_id,x,t_x,T\nsomebody,2,30.43,38.86\n")
    known = score(shop, one, tmp_path / "one.parquet", datetime(1997, 9, 30))
    assert round(known["expected_purchases"][0], 3) == 1.226


def test_mall_customers(fitted, tmp_path):
    shop, folder = fitted("mall_customers")
    found = score(shop, folder / "Mall_Customers.csv", tmp_path / "own.parquet")
    assert sorted(found["group"].value_counts(), reverse=True) == [81, 39, 35, 23, 22]
    assert found["segment"].isna().all()


def test_customer_personality(fitted, tmp_path):
    shop, folder = fitted("customer_personality")
    found = score(shop, folder / "marketing_campaign.csv", tmp_path / "own.parquet")
    own = rfm.score(rfm.measured(shop).customers).customers["segment"].astype(str)
    assert found["segment"].value_counts().to_dict() == own.value_counts().to_dict()
    groups = clusters_study.study(shop).clustering.customers["segment"].value_counts()
    assert found["group"].value_counts().to_dict() == groups.to_dict()
    assert found["response_probability"].notna().all()
    new = tmp_path / "new.csv"
    new.write_text("ID,Income,Year_Birth\n5524,45.3,1957\n")
    note = score(shop, new, tmp_path / "new.parquet")["notes"][0]
    assert "income 45.3 is far below what the model was fitted to (1,730 to 666,666): is it in thousands?" in note


def test_a_source_without_customers_still_advises_by_its_test(home, root, reference_data, tmp_path):
    (home / "data").mkdir(exist_ok=True)
    (home / "data" / "segments.yml").write_bytes((root / "data" / "segments.yml").read_bytes())
    source = reference_data / "cookie_cats" / "source.yml"
    assert main(["fit", "--source", str(source)]) == 0
    ids = tmp_path / "ids.csv"
    ids.write_text("customer_id\n1\n2\n")
    assert main(["score", str(ids), "--source", str(source), "-o", str(tmp_path / "scored.csv")]) == 0
    found = pd.read_csv(tmp_path / "scored.csv")
    assert len(found) == 2 and found["recommended_action"].notna().all()
    assert open_source(source).key in {folder.name for folder in (home / "models").iterdir()}


def test_help_and_wrong_usage(capsys):
    for arguments, code in (
        (["score", "--help"], 0),
        (["score"], 2),
        (["score", "x.csv", "--reference-date", "soon"], 2),
    ):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == code
    assert scoring_cli._day("2024-01-31") == datetime(2024, 1, 31)
