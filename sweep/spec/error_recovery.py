"""The readable rest of a study file with faults, so that all its other faults are found in the same
pass.

Every fault has been noted before it comes here, and the file is refused whatever is recovered.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from sweep.errors import nearest
from sweep.model.tagged_union import is_tag
from sweep.spec.designs import TAGS
from sweep.spec.schema import StudyFile

UNREAD = "?"  # a name that could not be read; nothing is checked against it

# What stands for a required key that is missing or wrong. Every other faulty key is dropped, and
# its default stands.
_STAND_INS: Mapping[tuple[str, ...], Any] = {
    ("trainer",): UNREAD,
    ("parameters",): {UNREAD: 0},
    ("metric",): {"name": UNREAD, "goal": "maximize"},
    ("metric", "name"): UNREAD,
    ("metric", "goal"): "maximize",
    ("search",): {"trials": 1},
    ("search", "trials"): 1,
    ("early_terminate", "type"): "none",
    ("ablation",): {},
}


def recover(data: Mapping[str, Any], error: ValidationError) -> StudyFile:
    """The study file without the keys that `error` names."""
    kept = copy.deepcopy(dict(data))
    while True:
        before = copy.deepcopy(kept)
        for fault in error.errors(
            include_url=False, include_context=False, include_input=False
        ):
            path = [k for k in fault["loc"] if k not in TAGS and not is_tag(k)]
            if fault["type"] == "missing" and tuple(map(str, path)) not in _STAND_INS:
                path.pop()  # what lacks a key that nothing can stand in for goes as a whole
            _without(kept, path)
        try:
            return StudyFile.model_validate(kept)
        except (
            ValidationError
        ) as left:  # sections that lost a key they need; each round takes something out
            error = left
        if kept == before:
            raise error


def _without(kept: dict[str, Any], path: list[str | int]) -> None:
    """Take out, or replace by its stand-in, what lies at `path`; a list goes as a whole."""
    place: Any = kept
    for at, key in enumerate(path):
        last = at + 1 == len(path) or isinstance(path[at + 1], int)
        if not isinstance(place, dict):
            break
        if not last:
            place = place.get(key)
            continue
        keys = tuple(str(k) for k in path[: at + 1])
        if keys in _STAND_INS:
            place[key] = copy.deepcopy(_STAND_INS[keys])
        else:
            place.pop(key, None)
        break
    meant = nearest(path[0], StudyFile.model_fields) if len(path) == 1 else None
    if meant is not None and meant not in kept and (meant,) in _STAND_INS:
        kept[meant] = copy.deepcopy(
            _STAND_INS[meant,]
        )  # a misspelt section is there, though it cannot be read
