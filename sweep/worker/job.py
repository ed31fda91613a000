"""The task of a worker for all trials of a study, and its messages about one trial."""

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
    """What all trials of a study share: the trainer and its metric.

    Attributes:
        base: folder that a trainer's relative path starts from.
        command: `sweep.spec.Command` as JSON values, where a program is the trainer.
        storage: URI of the study's folder in a storage, where workers keep trials' files; None:
            the workers share a disk.
        path: further folders from which processes of trials import the trainer's modules.
        isolation: see `sweep.spec.Resources`.
        grace_seconds: seconds after which a trial that was told to stop is killed.
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
    """A message of a worker about one attempt.

    Attributes:
        kind: `epoch` (the trainer waits for an answer if the report says so), `end` (it returned),
            `failed`, `lost` (its process died; a retry may succeed), or `unwritable`: the disk is
            full or failing, which is no failure of the trial.
        failure: for `failed`, `lost` and `unwritable`: the message for the user.
        overhead: for all but `epoch`: seconds of the attempt outside its epochs.
        notices: sentences for the log (a damaged checkpoint was skipped).
        depends: the attempt's dependencies that no earlier message of it listed.
        stored: SHA-256 of the manifest of the files that were stored before this message; None:
            none were.
    """

    kind: Kind
    report: EpochReport | None = None
    failure: str = ""
    overhead: float = 0.0
    notices: tuple[str, ...] = ()
    depends: Dependencies | None = None
    stored: str | None = None


class RunningTrial(Protocol):
    """One attempt at one trial, wherever it runs."""

    def next(self) -> Message:
        """Let a waiting trainer continue, and return its next message."""

    def poll(self, seconds: float) -> Message | None:
        """Like `next`; None if no message arrives within `seconds`."""

    def next_messages(self, seconds: float) -> list[Message]:
        """The next message, and those of the following seconds, until the trainer waits or ends."""

    def stop(self) -> Message | None:
        """Tell the trainer to stop at its next report, and wait until it has ended.

        Returns:
            Its last message; None if `next` or `next_messages` has returned it already.
        """
