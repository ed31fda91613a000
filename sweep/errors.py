"""Every error this package raises on purpose, in one tree.

Catch `SweepError` for all of them. Each class carries the exit code the command line ends with, so
that a shell script can tell "some trials failed" (1) from "the study file is wrong" (2), "refused
to touch the study" (3), "the results cannot be written" (4, resumable) and "interrupted, resumable"
(130, 143).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

Registered = TypeVar("Registered")


class SweepError(Exception):
    """Base of the tree."""

    exit_code = 1


# --------------------------------------------------------------------------- what the user wrote


class UsageError(SweepError):
    """The command or the study file asks for something that cannot be done; nothing was written."""

    exit_code = 2


@dataclass(frozen=True, order=True)
class Violation:
    """One thing wrong with a study file.

    Attributes:
        line: 1-based line in the file, 0 when the fault has no line (a missing file).
        key: dotted path of the key, e.g. `parameters.focal_gamma.max`.
        problem: what is wrong, naming the value found.
        allowed: what would be right, e.g. `one of: asha, median, none`; empty when `problem` says
            it all.
    """

    line: int
    key: str
    problem: str
    allowed: str = ""


MOST_LISTED = 100  # violations that a message lists
_LONGEST = 2000  # characters of a part of a message: a hostile file must not flood the terminal
_WORTH_SHORTENING = (
    100  # characters of what is allowed, where the line before allows the same
)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


class StudyFileError(UsageError):
    """A study file has one or more violations; the message lists all of them as
    `file:line: key: problem`.
    """

    def __init__(self, path: str, violations: Iterable[Violation]):
        self.path = path
        self.violations = tuple(sorted(violations))
        shown = self.violations[:MOST_LISTED]
        before = [None, *(violation.allowed for violation in shown)]
        lines = [
            self._render(v, v.allowed == above)
            for v, above in zip(shown, before, strict=False)
        ]
        if len(self.violations) > MOST_LISTED:
            lines.append(
                f"… and {len(self.violations) - MOST_LISTED} more; mend these first"
            )
        super().__init__("\n".join(lines))

    def __reduce__(
        self,
    ) -> tuple[Any, ...]:  # else no other process could be told of it
        return type(self), (self.path, self.violations)

    def _render(self, violation: Violation, as_above: bool) -> str:
        place = f"{self.path}:{violation.line}" if violation.line else self.path
        key = f" {violation.key}:" if violation.key else ""
        allowed = f"\n    {violation.allowed}" if violation.allowed else ""
        if as_above and len(allowed) > _WORTH_SHORTENING:
            allowed = "\n    allowed: as above"
        return f"{place}:{_cut(key)} {_cut(violation.problem)}{_cut(allowed)}"


class TrainerNotFound(UsageError):
    """The study's trainer cannot be imported or is not callable."""


class StudyNotFound(UsageError):
    """No study of that name, or the folder holds no event log."""


class UnknownName(UsageError):
    """A name that no registry knows; the message lists what is allowed and the nearest name."""

    def __init__(self, kind: str, name: object, allowed: Iterable[str]):
        self.kind, self.name, self.allowed = kind, name, tuple(allowed)
        super().__init__(f"unknown {kind} {name!r}; {one_of(self.allowed, name)}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.kind, self.name, self.allowed)


def named(registry: Mapping[str, Registered], name: str, kind: str) -> Registered:
    """What a registry holds under a name; `kind` says what it is a registry of.

    Raises:
        UnknownName: nothing.
    """
    if name not in registry:
        raise UnknownName(kind, name, registry)
    return registry[name]


# --------------------------------------------------------------------------- what the
# tool refuses to do


class Refused(SweepError):
    """Going on would put data or honesty at risk; the study was left as it was."""

    exit_code = 3


class StudyLocked(Refused):
    """Another process is writing this study."""


class StudyChanged(Refused):
    """The study file differs from the one the study was started with."""


class StudyExists(Refused):
    """`run` on a folder that already holds a study."""


class NotTrusted(Refused):
    """Going on would run code of a study that this user did not start."""


class LogDamaged(Refused):
    """The event log is damaged before its tail; nothing was cut."""


class LogOfAnotherVersion(LogDamaged):
    """The event log is whole and keeps the study in a form that this version does not read."""


class CheckpointDamaged(Refused):
    """A checkpoint does not match its hash or cannot be read safely."""


# --------------------------------------------------------------------------- what went
# wrong while running


class TrialError(SweepError):
    """One trial cannot go on; the study does."""


class TrialDiverged(TrialError):
    """A loss or the study's metric became NaN or infinite."""


class MetricMissing(TrialError):
    """A report does not carry the study's metric."""


class ReportOutOfOrder(TrialError):
    """A trainer reported an epoch twice or went backwards."""


class CannotWrite(SweepError):
    """The results folder cannot be written: the disk is full or failing, a quota is spent, or it is
    read-only.

    Nothing is torn and no trial is to blame: the study stops, and `sweep resume` continues.
    """

    exit_code = 4


class EngineError(SweepError):
    """Ray could not be started or died and could not be brought back."""


class Interrupted(SweepError):
    """A signal ended the session; the study can be resumed. `exit_code` is 128 + the
    signal's number.
    """

    def __init__(self, signal_number: int, message: str):
        super().__init__(message)
        self.exit_code = 128 + signal_number

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.exit_code - 128, str(self))


def nearest(name: object, allowed: Iterable[str]) -> str | None:
    """The allowed name most like `name`, or None when none is close (difflib ratio under 0.6)."""
    matches = difflib.get_close_matches(str(name), list(allowed), n=1)
    return matches[0] if matches else None


def one_of(allowed: Iterable[str], found: object = None) -> str:
    """`one of: a, b, c` with `did you mean 'b'?` in front when `found` is close to an
    allowed name.
    """
    allowed = list(allowed)
    guess = nearest(found, allowed) if found is not None else None
    hint = f"did you mean {guess!r}? " if guess is not None else ""
    return f"{hint}one of: {', '.join(allowed)}"
