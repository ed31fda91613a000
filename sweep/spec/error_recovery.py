"""Recover what is readable of a faulty study file, so that one pass finds all other faults.

Each fault was reported before, and the file is refused in any case.
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

UNREAD = "?"  # a name that could not be read; nothing is compared with it

# Replacements for required keys that are missing or wrong. Any other faulty key is dropped, so that
# it takes its default.
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
                path.pop()  # no replacement for this key: drop its whole section
            _without(kept, path)
        try:
            return StudyFile.model_validate(kept)
        except ValidationError as remaining:
            # A section lost a key that it needs. Each round removes something, so this ends.
            error = remaining
        if kept == before:
            raise error


def _without(kept: dict[str, Any], path: list[str | int]) -> None:
    """Remove what is at `path`, or replace it by its stand-in; a list is removed whole."""
    section: Any = kept
    for depth, key in enumerate(path):
        last = depth + 1 == len(path) or isinstance(path[depth + 1], int)
        if not isinstance(section, dict):
            break
        inner = section.get(key)
        if not last and (isinstance(inner, dict) or key not in section):
            section = inner
            continue
        # What follows a plain value in the path is the name of a type that it could have.
        keys = tuple(str(k) for k in path[: depth + 1])
        if keys in _STAND_INS:
            section[key] = copy.deepcopy(_STAND_INS[keys])
        else:
            section.pop(key, None)
        break
    intended = nearest(path[0], StudyFile.model_fields) if len(path) == 1 else None
    if intended is not None and intended not in kept and (intended,) in _STAND_INS:
        # A misspelt section exists, although it cannot be read.
        kept[intended] = copy.deepcopy(_STAND_INS[intended,])
