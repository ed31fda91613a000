"""What a worker and its template process say to each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sweep.model.trial import Assignment
from sweep.worker.exit_reason import Exit
from sweep.worker.job import Job


@dataclass(frozen=True)
class Request:
    """Start a process for one attempt; its channel comes as a descriptor.

    Attributes:
        folder: where this machine writes the trial's files.
    """

    job: Job
    assignment: Assignment
    folder: Path


@dataclass(frozen=True)
class Started:
    """The process runs.

    Attributes:
        note: what the user should know of how, said by a template once; empty: nothing.
    """

    pid: int
    note: str = ""


@dataclass(frozen=True)
class Exited:
    """It has ended, and everything that it started."""

    how: Exit


@dataclass(frozen=True)
class Kill:
    """End it now."""
