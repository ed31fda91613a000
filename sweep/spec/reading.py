"""Read a study file, or another tool's file and convert it to a study file's document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sweep import yaml_1_1
from sweep.document import Document
from sweep.errors import StudyFileError, Violation
from sweep.spec import json_file, wandb
from sweep.spec.foreign import format_of, python_space, sentence
from sweep.spec.wandb import Converted

# What a search space lacks, and `--set` or `--trainer` can add.
_ASKED_FOR = ("", "program", "metric")


def _as_it_is(violation: Violation) -> Violation:
    return violation


@dataclass(frozen=True)
class Read:
    """The result of reading a file.

    Attributes:
        document: the study file's content.
        notes: what has another meaning, or no effect, in a study.
        violations: what cannot be converted.
        native: whether the file is a study file itself.
        taken: overrides that are already written into the other tool's file.
        missing: keys of violations that only say what must be added.
        renamed: gives a violation of the study file the key of the other tool's file.
    """

    document: Document
    notes: list[str] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    native: bool = False
    taken: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    renamed: Callable[[Violation], Violation] = _as_it_is


def read(
    path: str | Path,
    overrides: Mapping[str, Any] | None = None,
    here: Path | None = None,
) -> Read:
    """Read a file in any known format.

    Args:
        path: a study file, another tool's file, or `file.py:SPACE`.
        overrides: as from `--set`. Overrides of keys that another tool's file lacks are written
            into it before it is converted.
        here: the folder in which programs are looked for first; None: the current folder.

    Raises:
        StudyFileError: see `sweep.yaml_file.read`; or sweep does not read this tool's files.
    """
    here = here or Path.cwd()
    settings = dict(overrides or {})
    if python_space.names_a_space(path):
        return _foreign(python_space.convert(path), settings)
    document = json_file.document(Path(path))
    if wandb.is_wandb(document):
        return _wandb(path, settings, here)
    foreign = format_of(document)
    if foreign is not None:
        return _foreign(foreign.convert(document, here), settings)
    unread = sentence(document.data)
    if unread is not None:
        raise StudyFileError(document.name, [Violation(0, "", unread)])
    return Read(document, native=True)


def _wandb(path: str | Path, overrides: Mapping[str, Any], here: Path) -> Read:
    """Read a W&B sweep file, with those overrides that are keys of it."""
    taken = frozenset(key for key in overrides if wandb.takes(key))
    document = yaml_1_1.read(path)
    for key in taken:
        document = document.replaced(tuple(key.split(".")), overrides[key], 0)
    converted = wandb.native(document, here)
    return Read(
        converted.document,
        converted.notes,
        converted.violations,
        taken=taken,
        renamed=wandb.renamed,
    )


def _foreign(converted: Converted, overrides: Mapping[str, Any]) -> Read:
    """A converted file; a trainer in the overrides replaces its command."""
    document, answered = converted.document, set()
    if {"trainer", "command"} & overrides.keys():
        answered.add("program")
        data = {key: value for key, value in document.data.items() if key != "command"}
        document = Document(document.name, data, document.lines, document.text)
    if "metric.name" in overrides:
        answered.add("metric")
    violations = [v for v in converted.violations if v.key not in answered]
    missing = frozenset(key for key in _ASKED_FOR if key)
    # A note that asks for what was given is answered.
    asked = tuple(f"--set {key}=" for key in overrides)
    notes = [note for note in converted.notes if not any(map(note.__contains__, asked))]
    return Read(document, notes, violations, missing=missing)
