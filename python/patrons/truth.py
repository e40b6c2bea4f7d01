"""What was planted in the simulated world, which no other source can know."""

from __future__ import annotations

from ruamel.yaml import YAML

from patrons import paths
from patrons.opened import declare_input
from patrons.shop import Shop


def planted(shop: Shop) -> dict[str, float]:
    """Return the planted effects by name, as `data/truth.yml` states them; nothing for any other source."""
    file = paths.home() / "data" / "truth.yml"
    if shop.source.path != paths.default_source() or not file.is_file():
        return {}
    declare_input(file)
    return dict(YAML(typ="safe").load(file.read_text(encoding="utf-8"))["effects"])
