"""Names of segments, from what sets them apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

#: From how many standard deviations on a mean is called high or low, and very high or low.
CLEAR, VERY = 0.5, 1.5

#: What a level of a measure is called: from very low to very high; nothing is said of a middling one.
WORDS = {
    "monetary": ("very low value", "low value", "middle value", "high value", "very high value"),
    "frequency": ("very infrequent", "infrequent", "", "frequent", "very frequent"),
    "recency": ("very recent", "recent", "", "silent", "long silent"),
}
#: What the one of two is called that has more, and the other.
COMPARED = {
    "monetary": ("higher value", "lower value"),
    "frequency": ("more frequent", "less frequent"),
    "recency": ("longer silent", "more recent"),
}
#: Of features that are not recency, frequency or value, so many are named.
NAMED = 2


def name_segments(features: Sequence[str], z: np.ndarray) -> dict[int, str]:
    """Name segments by their standardised means.

    Value is named first, whatever its level; then frequency and recency where they are more than `CLEAR` standard
    deviations from the mean of all customers ("very" from `VERY` on). Other features are called high or low: where
    there is nothing else, one or two of them always, otherwise the `NAMED` that are farthest from the mean. Segments
    that then share a name are told apart by the feature in which they differ most, and numbered if that is not enough.

    Parameters
    ----------
    features
        Names of the features.
    z
        Means of the segments in standard deviations from the mean of all, segments × features.

    Returns
    -------
    dict
        Segment (from 1) → name; no name occurs twice.

    Examples
    --------
    >>> name_segments(["recency", "monetary"], np.array([[-1.0, 2.0], [0.8, -0.6]]))
    {1: 'Very high value, recent', 2: 'Low value, silent'}
    """
    features = list(features)
    names = [_name(features, row) for row in z]
    for name, sharing in _shared(names).items():
        rows = z[sharing]
        place = int(np.argmax(rows.max(axis=0) - rows.min(axis=0)))
        order = [sharing[item] for item in np.argsort(-rows[:, place], kind="stable")]
        more, less = _compared(features[place])
        names[order[0]], names[order[-1]] = f"{name}, {more}", f"{name}, {less}"
    for name, sharing in _shared(names).items():
        for number, item in enumerate(sharing, 1):
            names[item] = f"{name} ({number})"
    return {place + 1: _capital(name) for place, name in enumerate(names)}


def _name(features: list[str], z: np.ndarray) -> str:
    own = [place for place, feature in enumerate(features) if feature not in WORDS]
    words = [WORDS[name][_level(z[features.index(name)])] for name in WORDS if name in features]
    few = len(own) == len(features) <= NAMED
    telling = own if few else sorted(own, key=lambda place: -abs(z[place]))[:NAMED]
    words += [_of(features[place], _level(z[place]), few) for place in telling]
    return ", ".join(filter(None, words)) or "average"


def _level(z: float) -> int:
    return 2 + int(np.sign(z)) * (int(abs(z) >= CLEAR) + int(abs(z) >= VERY))


def _of(feature: str, level: int, middle: bool) -> str:
    word = ("very low", "low", "middle" if middle else "", "high", "very high")[level]
    return f"{word} {feature.replace('_', ' ')}" if word else ""


def _compared(feature: str) -> tuple[str, str]:
    title = feature.replace("_", " ")
    return COMPARED.get(feature, (f"higher {title}", f"lower {title}"))


def _shared(names: list[str]) -> dict[str, list[int]]:
    places = defaultdict(list)
    for place, name in enumerate(names):
        places[name].append(place)
    return {name: sharing for name, sharing in places.items() if len(sharing) > 1}


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
