"""Finds which dependencies of past trials have changed since the trials ran."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from sweep.history.history import History
from sweep.model.events import DependenciesFound, Event
from sweep.provenance import dependencies
from sweep.provenance.dependencies import Dependencies
from sweep.provenance.environment import DEPENDENCIES
from sweep.provenance.source_files import source_files
from sweep.trainer import TrainerRef

KEY = DEPENDENCIES
_FIRST = "as first found"


@dataclass(frozen=True)
class DependencyChanges:
    """Changed dependencies.

    Attributes:
        lines: a line for the user on each change, without the trainer's code, which is listed
            elsewhere.
        now: every file and distribution that changed, in its current state.
    """

    lines: list[str]
    now: Dependencies

    def event(self) -> DependenciesFound | None:
        """The event that records accepted changes; None if nothing changed."""
        if not self.now.files and not self.now.distributions:
            return None
        return DependenciesFound(**self.now.plain())


def since_last(history: History, trainer: TrainerRef) -> DependencyChanges:
    """Compare the dependencies of all trials so far with their current state."""
    root = Path(history.spec.base_dir)
    distributions = dependencies.without_own(history.distributions)
    recorded = Dependencies(history.dependencies, 0, distributions)
    code = {path.resolve() for path in source_files(trainer)}
    other_files = {
        name: digest
        for name, digest in recorded.files.items()
        if (root / name).resolve() not in code
    }
    libraries = dependencies.untold(history.distributions)
    lines = dependencies.changes(Dependencies(other_files, 0, libraries), root)
    current = dependencies.as_now(recorded, root)
    return DependencyChanges(lines, current.beyond(recorded))


def named(history: History, names: Sequence[str]) -> list[Event]:
    """Record the files of the study file's `depends_on` that the log does not have yet.

    Args:
        names: the current `depends_on`.
    """
    listed = dependencies.named_files(names, Path(history.spec.base_dir))
    new_files = {
        name: digest
        for name, digest in listed.files.items()
        if name not in history.dependencies
    }
    return [DependenciesFound(new_files)] if new_files else []


def label(history: History, edits: Sequence[Event]) -> str:
    """The label of the dependencies in a session's environment; it differs after accepted changes.

    Args:
        edits: the session's first events.
    """
    accepted = [event for event in edits if isinstance(event, DependenciesFound)]
    if not accepted:
        last = history.sessions[-1].environment if history.sessions else {}
        return last.get(KEY, _FIRST)
    contents = [(event.files, event.distributions) for event in accepted]
    digest = hashlib.sha256(
        orjson.dumps(contents, option=orjson.OPT_SORT_KEYS)
    ).hexdigest()
    return f"as accepted in session {len(history.sessions) + 1} ({digest[:8]})"
