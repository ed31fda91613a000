"""A file as a study file's document: a study file as it is, another tool's converted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sweep import yaml_1_1, yaml_file
from sweep.document import Document
from sweep.errors import StudyFileError, Violation
from sweep.spec import wandb
from sweep.spec.foreign import format_of, python_space, sentence
from sweep.spec.wandb import Converted

# What a search space does not say and `--set` or `--trainer` can.
_ASKED_FOR = ("", "program", "metric")


def _as_it_is(violation: Violation) -> Violation:
    return violation


@dataclass(frozen=True)
class Read:
    """What was read.

    Attributes:
        document: a study file's.
        notes: what means something else in a study.
        violations: what cannot be honoured.
        native: whether the file is a study file itself.
        taken: overrides that were written into the other tool's file already.
        missing: keys of those violations that only say what is to be added.
        renamed: a violation of the study file with the key that stands in the other tool's.
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
    """A file in any of the formats that are read.

    Args:
        path: of a study file, of another tool's file, or `file.py:SPACE`.
        overrides: as from `--set`; those that say what another tool's file leaves open are written
            into it before it is converted.
        here: the folder in which programs are looked for first; None: the current one.

    Raises:
        StudyFileError: see `sweep.yaml_file.read`; or it is a file of a tool whose files are not
            read.
    """
    here = here or Path.cwd()
    given = dict(overrides or {})
    if python_space.names_a_space(path):
        return _foreign(python_space.convert(path), given)
    document = yaml_file.read(path)
    if wandb.is_wandb(document):
        return _wandb(path, given, here)
    foreign = format_of(document)
    if foreign is not None:
        return _foreign(foreign.convert(document, here), given)
    unread = sentence(document.data)
    if unread is not None:
        raise StudyFileError(document.name, [Violation(0, "", unread)])
    return Read(document, native=True)


def _wandb(path: str | Path, given: Mapping[str, Any], here: Path) -> Read:
    taken = frozenset(key for key in given if wandb.takes(key))
    document = yaml_1_1.read(path)
    for key in taken:
        document = document.replaced(tuple(key.split(".")), given[key], 0)
    converted = wandb.native(document, here)
    return Read(
        converted.document,
        converted.notes,
        converted.violations,
        taken=taken,
        renamed=wandb.renamed,
    )


def _foreign(converted: Converted, given: Mapping[str, Any]) -> Read:
    """A converted file; a trainer that is given takes the place of its command."""
    document, answered = converted.document, set()
    if {"trainer", "command"} & given.keys():
        answered.add("program")
        data = {key: value for key, value in document.data.items() if key != "command"}
        document = Document(document.name, data, document.lines, document.text)
    if "metric.name" in given:
        answered.add("metric")
    violations = [v for v in converted.violations if v.key not in answered]
    missing = frozenset(key for key in _ASKED_FOR if key)
    return Read(document, converted.notes, violations, missing=missing)
