"""What a worker is given for all trials of a study, and what it says of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sweep.model.trial import EpochReport, Goal
from sweep.provenance.dependencies import Dependencies

# The name in `trainer:`, the folder it starts from, the `command:` section → the function.
LoadTrainer = Callable[[str, str, Mapping[str, Any] | None], Callable[..., None]]

Isolation = Literal["process", "shared"]
Kind = Literal["epoch", "end", "failed", "lost", "unwritable"]


@dataclass(frozen=True)
class Job:
    """What all trials of a study share: the trainer, where it was named, and what it is measured
    by.

    Attributes:
        base: folder that a trainer's relative path starts from.
        command: `sweep.spec.Command` as JSON values, where a program is the trainer.
        storage: URI of the study's folder in a storage, where workers keep trials' files; None: a
            disk they all see.
        path: folders that processes of trials find the trainer's modules in, beside those that any
            new process looks in.
        isolation: see `sweep.spec.Resources`.
        grace_seconds: a trial that was told to stop is ended after so long.
    """

    study: str
    trainer: str
    base: str
    metric: str
    goal: Goal
    checkpoint_every: int = 1
    checkpoint_keep: int | Literal["all"] = 2
    command: Mapping[str, Any] | None = None
    storage: str | None = None
    path: tuple[str, ...] = ()
    isolation: Isolation = "process"
    grace_seconds: float = 30.0


@dataclass(frozen=True)
class Message:
    """What a worker says.

    Attributes:
        kind: `epoch` (the trainer waits for an answer if the report says so), `end` (it returned),
            `failed`, `lost` (its process died, and may do better another time), or `unwritable`:
            the disk is full or failing, which is no failure of the trial.
        failure: for `failed`, `lost` and `unwritable`: what to tell the user.
        overhead: for all but `epoch`: seconds of the attempt outside its epochs.
        notices: sentences for the log (a damaged checkpoint was skipped).
        depends: what the attempt has depended on, beyond what its messages before said.
    """

    kind: Kind
    report: EpochReport | None = None
    failure: str = ""
    overhead: float = 0.0
    notices: tuple[str, ...] = ()
    depends: Dependencies | None = None


class RunningTrial(Protocol):
    """One attempt at one trial, wherever it runs."""

    def next(self) -> Message:
        """Let the trainer go on (if it waits) and return what it says next."""

    def several(self, seconds: float) -> list[Message]:
        """`next`, and what the trainer says within so many seconds from now until it waits or
        ends.
        """

    def stop(self) -> None:
        """Tell the trainer to stop at its next report, and wait until it has ended."""
