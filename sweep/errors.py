"""All errors that this package raises on purpose.

`SweepError` is their base class. Each class has the exit code of the command line, so that a shell
script can distinguish "some trials failed" (1), "the study file is wrong" (2), "refused to change
the study" (3), "the results cannot be written" (4, resumable) and "interrupted, resumable" (130,
143).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

Registered = TypeVar("Registered")


class SweepError(Exception):
    """The base class of all errors."""

    exit_code = 1


# --------------------------------------------------------------------------- what the user wrote


class UsageError(SweepError):
    """The command or the study file is wrong; nothing was written."""

    exit_code = 2


@dataclass(frozen=True, order=True)
class Violation:
    """One thing wrong with a study file.

    Attributes:
        line: 1-based line in the file; 0 if the fault has no line (a missing file).
        key: dotted path of the key, e.g. `parameters.focal_gamma.max`.
        problem: what is wrong, with the value.
        allowed: what is allowed, e.g. `one of: asha, median, none`; empty if `problem` says it.
    """

    line: int
    key: str
    problem: str
    allowed: str = ""


MOST_LISTED = 100  # violations that a message lists
_LONGEST = 2000  # characters of a part of a message: a hostile file must not flood the terminal
# characters of what is allowed, where the line before allows the same
_WORTH_SHORTENING = 100


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


class StudyFileError(UsageError):
    """A study file has violations; the message lists them as `file:line: key: problem`."""

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
                f"… and {len(self.violations) - MOST_LISTED} more; correct these first"
            )
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[Any, ...]:  # for pickling
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
    """There is no study of that name, or the folder has no event log."""


class UnknownName(UsageError):
    """A registry has no such name; the message lists allowed names and the nearest one."""

    def __init__(self, kind: str, name: object, allowed: Iterable[str]):
        self.kind, self.name, self.allowed = kind, name, tuple(allowed)
        super().__init__(f"unknown {kind} {name!r}; {one_of(self.allowed, name)}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.kind, self.name, self.allowed)


def named(registry: Mapping[str, Registered], name: str, kind: str) -> Registered:
    """The entry of a registry with a name; `kind` describes the entries in messages.

    Raises:
        UnknownName: there is no such entry.
    """
    if name not in registry:
        raise UnknownName(kind, name, registry)
    return registry[name]


# --------------------------------------------------------------------------- what the
# tool refuses to do


class Refused(SweepError):
    """Continuing could damage data or make results incomparable; the study is unchanged."""

    exit_code = 3


class StudyLocked(Refused):
    """Another process is writing this study."""


class StudyChanged(Refused):
    """The study file, or something else that results depend on, has changed."""


class StudyExists(Refused):
    """The folder for a new study already contains a study."""


class NotTrusted(Refused):
    """Continuing would run code of a study that this user did not start."""


class LogDamaged(Refused):
    """The event log is damaged before its end; it was not changed."""


class LogOfAnotherVersion(LogDamaged):
    """The event log is undamaged, but another version wrote it in an incompatible form."""


class CheckpointDamaged(Refused):
    """A checkpoint does not match its hash or cannot be read safely."""


# --------------------------------------------------------------------------- what went
# wrong while running


class TrialError(SweepError):
    """One trial cannot continue; the study can."""


class TrialDiverged(TrialError):
    """A loss or the study's metric became NaN or infinite."""


class MetricMissing(TrialError):
    """A report does not contain the study's metric."""


class ReportOutOfOrder(TrialError):
    """A trainer reported an epoch twice or went backwards."""


class CannotWrite(SweepError):
    """The results folder cannot be written: a disk or quota is full, failing or read-only.

    No file is damaged and no trial has failed: the study stops, and `sweep resume` continues.
    """

    exit_code = 4


class EngineError(SweepError):
    """Ray could not be started, or it died and could not be restarted."""


class Interrupted(SweepError):
    """A signal ended the session; the study can be resumed.

    `exit_code` is 128 + the signal's number.
    """

    def __init__(self, signal_number: int, message: str):
        super().__init__(message)
        self.exit_code = 128 + signal_number

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.exit_code - 128, str(self))


def nearest(name: object, allowed: Iterable[str]) -> str | None:
    """The allowed name most similar to `name`; None if none is close (difflib ratio below 0.6)."""
    matches = difflib.get_close_matches(str(name), list(allowed), n=1)
    return matches[0] if matches else None


def one_of(allowed: Iterable[str], found: object = None) -> str:
    """`one of: a, b, c`, after `did you mean 'b'?` if `found` is close to an allowed name."""
    allowed = list(allowed)
    guess = nearest(found, allowed) if found is not None else None
    hint = f"did you mean {guess!r}? " if guess is not None else ""
    return f"{hint}one of: {', '.join(allowed)}"
