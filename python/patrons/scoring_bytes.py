"""Files of skops with the same bytes for the same model: no time of day, no address in memory.

A file of skops is a zip of `schema.json`, a tree that describes the objects, and of arrays. Each node of the tree
carries the address that its object had (`__id__`), by which objects that occur twice are recognised, and arrays are
named by address. Here they are numbered as they come.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import PurePosixPath
from typing import Any

SCHEMA, ID, FILE = "schema.json", "__id__", "file"
#: The earliest day that a zip can name.
FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def canonical(content: bytes) -> bytes:
    """Return a file of skops whose bytes follow from the model alone."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        schema = json.loads(archive.read(SCHEMA))
        numbers: dict[Any, int] = {}
        names: dict[str, str] = {}
        _number(schema, numbers, names)
        members = {names.get(name, name): archive.read(name) for name in archive.namelist() if name != SCHEMA}
    members[SCHEMA] = json.dumps(schema, indent=1).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, FIRST_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            info.create_system = 3
            archive.writestr(info, members[name])
    return out.getvalue()


def _number(node: Any, numbers: dict[Any, int], names: dict[str, str]) -> None:
    """Number the objects and the files of a tree, in place.

    Texts and numbers are objects of their own each time: whether two equal ones share an address is chance.
    """
    if isinstance(node, list):
        for item in node:
            _number(item, numbers, names)
    elif isinstance(node, dict):
        if ID in node:
            own = ("alone", len(numbers)) if node.get("is_json") else node[ID]
            node[ID] = numbers.setdefault(own, len(numbers) + 1)
        if isinstance(node.get(FILE), str):
            suffix = PurePosixPath(node[FILE]).suffix
            node[FILE] = names.setdefault(node[FILE], f"{len(names) + 1:04}{suffix}")
        for key, item in node.items():
            if key not in (ID, FILE):
                _number(item, numbers, names)
