"""Convert a whole W&B sweep file to a study file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from sweep.document import Document
from sweep.errors import Violation, nearest, one_of
from sweep.spec.wandb import hyperband, method, objective, program, space
from sweep.spec.wandb.draft import Draft
from sweep.spec.wandb.keys import KEYS, MISPLACED, OURS, SERVER


@dataclass
class Converted:
    """A converted W&B file.

    Attributes:
        document: the study file's content.
        notes: keys with another meaning, or no effect, here.
        violations: what cannot be converted; keys are those of the W&B file.
    """

    document: Document
    notes: list[str] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)


def is_wandb(document: Document) -> bool:
    """Whether a file is a W&B sweep file: `method` is a top-level key, and `search` is not."""
    data = document.data
    if "method" not in data or "search" in data:
        return False
    return "trainer" not in data or not isinstance(data.get("method"), dict)


def native(source: Document, here: Path) -> Converted:
    """Convert a file for which `is_wandb` holds.

    Args:
        source: read with the meanings of YAML 1.1.
        here: the current folder, where W&B would run the program.
    """
    draft = Draft(source, here)
    for path, text in source.remarks:
        draft.note(path, text)
    for key in source.data:
        _key(draft, key)
    for key in ("name", "description"):
        draft.copy(key)
    names = space.parameters(draft)
    program.command(draft, names)
    objective.metric(draft)
    method.search(draft)
    hyperband.early_terminate(draft)
    for key in OURS:
        if key != "trainer":
            draft.copy(key)
    if draft.nested and "command" in draft.data:
        draft.data["command"].setdefault("nested", list(draft.nested))
    document = replace(source, data=_ordered(draft), lines=draft.lines)
    return Converted(document, draft.notes, draft.violations)


_ORDER = ("name", "description", "trainer", "command", "metric", "parameters", "search")


def _ordered(draft: Draft) -> dict[str, object]:
    """The document's keys in the order that study files have."""
    first = [key for key in _ORDER if key in draft.data]
    rest = [key for key in draft.data if key not in _ORDER]
    return {key: draft.data[key] for key in [*first, *rest]}


def _key(draft: Draft, key: str) -> None:
    """Note a key that has no effect here, and refuse one that nobody knows."""
    if key in SERVER:
        draft.note((key,), "is for W&B's server and has no effect here")
    elif key not in (*KEYS, *OURS):
        guess = nearest(key, [*KEYS, *OURS])
        misplaced = guess is None and key in MISPLACED
        allowed = f"it belongs at {MISPLACED[key]}" if misplaced else one_of(KEYS, key)
        draft.add_violation((key,), "is not a key of a W&B sweep file", allowed)
