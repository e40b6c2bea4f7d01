"""Models written down and read again, or refused by name."""

import io
import json
import zipfile
from datetime import date

import numpy as np
import pandas as pd
import pytest
import skops.io

from patrons import build, clusters, rfm_map, scoring_bytes, scoring_mark, scoring_store
from patrons.errors import PatronsError
from patrons.lifetime import Fit
from patrons.lifetime_worth import Outlook
from patrons.scoring_actions import Actions, Advice, Level
from patrons.scoring_models import Groups, Lifetime, Models, RfmEdges

TEXT = "name: Small\ntables:\n  transactions: {file: a.csv, columns: {customer_id: c, ordered_at: t, amount: a}}\n"
ROWS = "c,t,a\n1,2020-01-01,5\n2,2020-01-03,7\n"


def grouping():
    rng = np.random.default_rng(3)
    values = pd.DataFrame(rng.gamma(2, 9, (60, 2)), columns=["recency", "monetary"])
    return clusters.cluster(values, ["recency", "monetary"], "log", "standard", 3, rng), values


@pytest.fixture
def stored(home, write_source, root):
    """A source that is built, with models saved for it."""
    (home / "data").mkdir(exist_ok=True)
    (home / "data" / "segments.yml").write_bytes((root / "data" / "segments.yml").read_bytes())
    source = build.build(write_source(TEXT, a__csv=ROWS)).source
    found, _ = grouping()
    fit = Fit("bgnbd", pd.Series({"r": 0.2, "alpha": 4.0, "a": 0.8, "b": 2.4}), pd.DataFrame(), 0.0, 2, True, 0)
    edges = {"recency": (-3.0,), "frequency": (1.0,), "monetary": (5.0,)}
    models = Models(
        name="Small",
        currency=None,
        ahead=Outlook(52, 0.001, "week"),
        rfm=RfmEdges(2, edges, False, rfm_map.read_segments()),
        groups=Groups(found.pipeline, found.features, found.names),
        lifetimes=(Lifetime(date(2020, 1, 4), fit, None),),
        chances={},
        actions=Actions((Level("everybody", (), {"everybody": Advice("A", 1.0, 0.0, 2.0)}),), "GBP"),
        ranges={"recency": (1.0, 3.0)},
        refused={"responds": "No answers."},
    )
    scoring_store.save(models, source)
    return source, models


def test_what_is_read_is_what_was_written(stored):
    source, models = stored
    again = scoring_store.load(source)
    _, values = grouping()
    assert (again.groups.pipeline.predict(values) == models.groups.pipeline.predict(values)).all()
    assert again.lifetimes[0].buying.parameters.equals(models.lifetimes[0].buying.parameters)
    assert again.rfm == models.rfm
    assert (again.actions, again.ahead, again.ranges) == (models.actions, models.ahead, models.ranges)
    assert again.groups.names == models.groups.names
    assert scoring_mark.is_fresh(source)


def test_saving_twice_gives_the_same_bytes(stored):
    source, models = stored
    here = scoring_mark.folder(source)
    before = {file.name: file.read_bytes() for file in here.iterdir()}
    found, _ = grouping()
    scoring_store.save(models, source)
    assert {file.name: file.read_bytes() for file in here.iterdir()} == before
    assert scoring_bytes.canonical(skops.io.dumps(found.pipeline)) == before["groups.skops"]


def test_bytes_hold_no_time_and_no_address():
    found, values = grouping()
    content = scoring_bytes.canonical(skops.io.dumps(found.pipeline))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {info.date_time for info in archive.infolist()} == {scoring_bytes.FIRST_DAY}
        assert all(int(name[:4]) < 100 for name in archive.namelist() if name.endswith(".npy"))
    again = skops.io.loads(content, trusted=list(scoring_store.TRUSTED))
    assert (again.predict(values) == found.pipeline.predict(values)).all()
    assert scoring_bytes.canonical(content) == content


def edit(source, change):
    file = scoring_mark.folder(source) / "model.json"
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))


REFUSED = "Fit the models again: `make book`, or `python -m patrons fit`"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["fingerprint"]["versions"].update(Python="3.9"), r"saved with Python 3\.9, and this is Python 3"),
        (lambda c: c["fingerprint"]["versions"].update({"scikit-learn": "1.0"}), r"saved with scikit-learn 1\.0, and"),
        (lambda c: c["fingerprint"]["code"].update({"the code of patrons": "x"}), "other code: the code of patrons"),
        (
            lambda c: c["fingerprint"]["data"].update({"the table transactions": "x"}),
            "settings: the table transactions",
        ),
        (lambda c: c.update(format=7), "is in format 7"),
        (lambda c: c.pop("files"), "is damaged"),
        (lambda c: c["models"].pop("lifetimes"), "is damaged"),
        (lambda c: c["models"]["groups"].update(features=["recency", "age"]), "takes monetary, and not age"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(stored, change, said):
    source, _ = stored
    edit(source, change)
    with pytest.raises(PatronsError, match=said) as caught:
        scoring_store.load(source)
    assert REFUSED in str(caught.value)


def test_no_models(stored):
    source, _ = stored
    (scoring_mark.folder(source) / "model.json").unlink()
    with pytest.raises(PatronsError, match=r"There are no models of Small .*patrons fit"):
        scoring_store.load(source)
    assert not scoring_mark.is_fresh(source)


def test_new_data_ask_for_a_new_fit(stored, write_source):
    build.build(write_source(TEXT, a__csv=ROWS + "3,2020-01-04,9\n"))
    with pytest.raises(PatronsError, match="the table transactions changed since"):
        scoring_store.load(stored[0])


def tampered(source, swap):
    file = scoring_mark.folder(source) / "groups.skops"
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["schema.json"] = swap(members["schema.json"].decode()).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_a_type_that_nobody_trusts_is_named_and_never_made(stored, capfd):
    source, _ = stored
    tampered(source, lambda text: text.replace('"logged"', '"system"').replace('"patrons.clusters"', '"posix"'))
    with pytest.raises(PatronsError, match=r"groups\.skops holds types .* posix\.system.*Delete the file"):
        scoring_store.load(source)


def test_a_file_that_was_changed_is_refused(stored):
    source, _ = stored
    tampered(source, lambda text: text + " ")
    with pytest.raises(PatronsError, match=r"groups\.skops was changed after it was saved"):
        scoring_store.load(source)


def test_a_pickle_in_its_place_is_no_file_of_skops(stored):
    source, _ = stored
    (scoring_mark.folder(source) / "groups.skops").write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(PatronsError, match="no file of skops"):
        scoring_store.load(source)
