"""Models for scoring, written down without pickle, and read again only if nothing they rest on has changed.

`models/<source>/` holds `model.json` and a file per pipeline in the format of skops. Two fits to the same data give
the same bytes, wherever they are done.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import skops.io
from sklearn.pipeline import Pipeline

from patrons import paths, scoring_bytes
from patrons.errors import PatronsError, listing
from patrons.lifetime import Fit
from patrons.lifetime_worth import Outlook
from patrons.rfm_map import Segment, SegmentMap
from patrons.scoring_actions import Actions, Advice, Level
from patrons.scoring_mark import FORMAT, digest, fingerprint, folder
from patrons.scoring_models import Chance, Groups, Lifetime, Models, RfmEdges
from patrons.source import Source

#: The only types beyond those of skops itself that a saved pipeline may hold.
TRUSTED = ("numpy.dtype", "patrons.clusters.logged", "sklearn.tree._tree.Tree")
AGAIN = "Fit the models again: `make book`, or `python -m patrons fit`"


def save(models: Models, source: Source) -> Path:
    """Write models down; return their folder. `model.json` comes last: without it nothing is trusted."""
    here = folder(source)
    here.mkdir(parents=True, exist_ok=True)
    main = here / "model.json"
    main.unlink(missing_ok=True)
    pipelines = {"groups.skops": models.groups.pipeline} if models.groups else {}
    pipelines |= {f"{question}.skops": chance.pipeline for question, chance in models.chances.items()}
    for old in set(here.glob("*.skops")) - {here / name for name in pipelines}:
        old.unlink()
    files = {}
    for name, pipeline in pipelines.items():
        content = scoring_bytes.canonical(skops.io.dumps(pipeline))
        if unknown := untrusted(content):
            raise PatronsError(
                f"{name} would hold {listing(unknown)}, which nobody could load: trust them or leave them out"
            )
        files[name] = digest(content)
        with paths.replacing(here / name) as part:
            part.write_bytes(content)
    text = json.dumps(
        {"format": FORMAT, "fingerprint": fingerprint(source), "files": files, "models": _to_json(models)},
        ensure_ascii=False,
        indent=1,
        sort_keys=True,
    )
    paths.write_text(main, text + "\n")
    return here


def load(source: Source) -> Models:
    """Read the models of a source.

    Raises
    ------
    PatronsError
        There are none; they rest on other data, code or programs; a file was changed, or holds types that are not
        trusted; a pipeline takes other features than `model.json` says. Each is named, with what to do.
    """
    here = folder(source)
    main = here / "model.json"
    if not main.is_file():
        raise PatronsError(f"There are no models of {source.settings.name} ({main} is missing). {AGAIN}.")
    try:
        content = json.loads(main.read_text(encoding="utf-8"))
        form, saved, files, models = (content[key] for key in ("format", "fingerprint", "files", "models"))
    except (OSError, ValueError, KeyError, TypeError):
        raise PatronsError(f"{main} is damaged. {AGAIN}.") from None
    if form != FORMAT:
        raise PatronsError(f"{main} is in format {form}, and this version of patrons reads {FORMAT}. {AGAIN}.")
    _refuse_others(main, saved, fingerprint(source))
    pipelines = {name: _pipeline(here / name, mark) for name, mark in files.items()}
    try:
        return _from_json(models, pipelines, here)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise PatronsError(f"{main} is damaged. {AGAIN}.") from None


def _refuse_others(main: Path, saved: Any, now: Mapping[str, Mapping[str, str]]) -> None:
    if not isinstance(saved, dict) or not all(isinstance(saved.get(part), dict) for part in now):
        raise PatronsError(f"{main} is damaged. {AGAIN}.")
    told = [
        f"{name} {saved['versions'].get(name, '(not said)')}, and this is {name} {version}"
        for name, version in now["versions"].items()
        if saved["versions"].get(name) != version
    ]
    if told:
        raise PatronsError(f"{main}: the models were saved with {'; '.join(told)}. {AGAIN}.")
    for part, what in (("code", "other code"), ("data", "other data or settings")):
        names = [name for name in {**saved[part], **now[part]} if saved[part].get(name) != now[part].get(name)]
        if names:
            raise PatronsError(f"{main}: the models were fitted with {what}: {listing(names)} changed since. {AGAIN}.")


def untrusted(content: bytes) -> list[str]:
    """Name the types in a file of skops that are not trusted, without making any object of them."""
    return sorted(set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED))


def _pipeline(file: Path, mark: str) -> Pipeline:
    """Read a pipeline, if it holds nothing but what is trusted and is what was saved."""
    try:
        content = file.read_bytes()
        unknown = untrusted(content)
    except FileNotFoundError:
        raise PatronsError(f"{file} is missing. {AGAIN}.") from None
    except Exception as error:  # whatever skops stumbles over in a file that is none of its own
        raise PatronsError(f"{file} is no file of skops ({type(error).__name__}: {error}). {AGAIN}.") from None
    if unknown:
        raise PatronsError(
            f"{file} holds types that no model of ours has, and was not opened: {listing(unknown)}. Loading them "
            f"could run code that somebody put there. Delete the file. {AGAIN}."
        )
    if digest(content) != mark:
        raise PatronsError(f"{file} was changed after it was saved. {AGAIN}.")
    return skops.io.loads(content, trusted=list(TRUSTED))


def _to_json(models: Models) -> dict[str, Any]:
    return {
        "name": models.name,
        "currency": models.currency,
        "ahead": asdict(models.ahead),
        "rfm": models.rfm
        and {
            "bins": models.rfm.bins,
            "edges": dict(models.rfm.edges),
            "level": models.rfm.level,
            "segments": [[name, item.model_dump(mode="json")] for name, item in models.rfm.segments.segments.items()],
        },
        "groups": models.groups
        and {
            "features": models.groups.features,
            "names": {str(number): name for number, name in models.groups.names.items()},
        },
        "lifetimes": [
            {"end": item.end.isoformat(), "buying": _parameters(item.buying), "spending": _parameters(item.spending)}
            for item in models.lifetimes
        ],
        "chances": {
            question: {
                "features": chance.features,
                "texts": dict(chance.texts),
                "may_miss": chance.may_miss,
                "silent_from": chance.silent_from,
                "days": chance.days,
            }
            for question, chance in models.chances.items()
        },
        "actions": models.actions and asdict(models.actions),
        "ranges": models.ranges,
        "refused": dict(models.refused),
    }


def _parameters(fit: Fit | None) -> dict[str, Any] | None:
    if fit is None:
        return None
    # The order in which an optimiser adds is the machine's; far beyond what the data can tell, digits are dropped.
    parameters = [[str(name), float(f"{value:.12g}")] for name, value in fit.parameters.items()]
    return {"model": fit.model, "parameters": parameters, "n": fit.n}


def _from_json(content: Any, pipelines: Mapping[str, Pipeline], here: Path) -> Models:
    groups, scores, advised = content["groups"], content["rfm"], content["actions"]
    chances = {
        question: Chance(
            pipeline=_with_features(pipelines, here / f"{question}.skops", item["features"]),
            features=tuple(item["features"]),
            texts={name: tuple(values) for name, values in item["texts"].items()},
            may_miss=tuple(item["may_miss"]),
            silent_from=item["silent_from"],
            days=item["days"],
        )
        for question, item in content["chances"].items()
    }
    return Models(
        name=content["name"],
        currency=content["currency"],
        ahead=Outlook(**content["ahead"]),
        rfm=scores and _edges(scores),
        groups=groups
        and Groups(
            _with_features(pipelines, here / "groups.skops", groups["features"]),
            tuple(groups["features"]),
            {int(number): name for number, name in groups["names"].items()},
        ),
        lifetimes=tuple(
            Lifetime(date.fromisoformat(item["end"]), _required(item["buying"]), _fit(item["spending"]))
            for item in content["lifetimes"]
        ),
        chances=chances,
        actions=advised and _actions(advised),
        ranges={name: (low, high) for name, (low, high) in content["ranges"].items()},
        refused=content["refused"],
    )


def _edges(content: Any) -> RfmEdges:
    segments = {name: Segment.model_validate(item) for name, item in content["segments"]}
    of_score = {score: name for name, item in segments.items() for box in item.scores for score in box.scores()}
    edges = {name: tuple(values) for name, values in content["edges"].items()}
    return RfmEdges(content["bins"], edges, content["level"], SegmentMap(segments, of_score))


def _actions(content: Any) -> Actions:
    levels = (
        Level(
            item["title"], tuple(item["columns"]), {name: Advice(**advice) for name, advice in item["advice"].items()}
        )
        for item in content["levels"]
    )
    return Actions(tuple(levels), content["unit"])


def _fit(content: Any) -> Fit | None:
    return None if content is None else _required(content)


def _required(content: Any) -> Fit:
    labels = [name for name, _ in content["parameters"]]
    parameters = pd.Series([value for _, value in content["parameters"]], index=labels, dtype=np.float64)
    return Fit(content["model"], parameters, pd.DataFrame(index=labels, columns=labels), np.nan, content["n"], True, 0)


def _with_features(pipelines: Mapping[str, Pipeline], file: Path, features: list[str]) -> Pipeline:
    """Return a pipeline, if it takes the features that are said of it.

    Raises
    ------
    PatronsError
        It takes others.
    """
    found = pipelines[file.name]
    takes = list(map(str, found.feature_names_in_))
    if takes != features:
        extra, missing = (
            listing([a for a in one if a not in two]) for one, two in ((takes, features), (features, takes))
        )
        said = f"it takes {extra or 'them in another order'}" + (f", and not {missing}" if missing else "")
        raise PatronsError(f"{file} was fitted to other features than model.json names: {said}. {AGAIN}.")
    return found
