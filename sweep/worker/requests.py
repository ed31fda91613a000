"""Messages between a worker and its template process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sweep.model.trial import Assignment
from sweep.worker.exit_reason import Exit
from sweep.worker.job import Job


@dataclass(frozen=True)
class Request:
    """Start a process for one attempt; its channel is sent along as a descriptor.

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
        note: a remark for the user on how processes are started, sent once; empty: none.
    """

    pid: int
    note: str = ""


@dataclass(frozen=True)
class Exited:
    """The process and all that it started have ended."""

    how: Exit


@dataclass(frozen=True)
class Kill:
    """Kill the process now."""
