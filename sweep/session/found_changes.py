"""What trials were found to depend on, and is another now than when they ran."""

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
class FoundChanges:
    """What changed.

    Attributes:
        lines: for the user, one each; files of the trainer's code, whose changes are named anyway,
            are left out.
        now: every file and distribution that changed, as it is now.
    """

    lines: list[str]
    now: Dependencies

    def event(self) -> DependenciesFound | None:
        """What is recorded once the changes are accepted; None where there are none."""
        if not self.now.files and not self.now.distributions:
            return None
        return DependenciesFound(**self.now.plain())


def since_last(history: History, trainer: TrainerRef) -> FoundChanges:
    """Compare all that the trials so far have depended on with what is there now."""
    root = Path(history.spec.base_dir)
    known = Dependencies(history.dependencies, 0, dependencies.without_own(history.distributions))
    code = {path.resolve() for path in source_files(trainer)}
    files = {k: v for k, v in known.files.items() if (root / k).resolve() not in code}
    libraries = dependencies.untold(history.distributions)
    lines = dependencies.changes(Dependencies(files, 0, libraries), root)
    return FoundChanges(lines, dependencies.as_now(known, root).beyond(known))


def named(history: History, names: Sequence[str]) -> list[Event]:
    """The files that the study file itself says numbers depend on, as far as they are new.

    Args:
        names: `depends_on` of the study file as it is now.
    """
    found = dependencies.named_files(names, Path(history.spec.base_dir))
    new = {k: v for k, v in found.files.items() if k not in history.dependencies}
    return [DependenciesFound(new)] if new else []


def label(history: History, edits: Sequence[Event]) -> str:
    """What a session's environment says of dependencies: another word once changes were accepted.

    Args:
        edits: what the session begins with.
    """
    accepted = [event for event in edits if isinstance(event, DependenciesFound)]
    if not accepted:
        last = history.sessions[-1].environment if history.sessions else {}
        return last.get(KEY, _FIRST)
    contents = [(event.files, event.distributions) for event in accepted]
    digest = hashlib.sha256(orjson.dumps(contents, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return f"as accepted in session {len(history.sessions) + 1} ({digest[:8]})"
