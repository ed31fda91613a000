"""The driver's side: what Ray asks for and tells, handed to the schedule."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import ray
from ray.tune import Callback
from ray.tune.experiment import Trial as RayTrial
from ray.tune.schedulers import FIFOScheduler, TrialScheduler
from ray.tune.search import Searcher

from sweep.engine.placement import Room
from sweep.engine.trainable import ASSIGNMENT, MESSAGE
from sweep.schedule import Schedule
from sweep.worker import Message


class _Opaque:
    """Keeps Ray from flattening an assignment into hundreds of experiment-tag parts."""

    def __init__(self, fields: dict[str, Any]):
        self.fields = fields

    def __str__(self) -> str:
        return str(self.fields["trial"])


class _Forgetful:
    """Ray pickles searcher, scheduler and callbacks into its snapshots; nobody reads those, so they hold nothing."""

    def __getstate__(self) -> dict[str, Any]:
        return {}


class Ask(_Forgetful, Searcher):  # type: ignore[misc]
    """Ray asks; the schedule answers: one trial for each worker, and one more for the worker that is free next."""

    def __init__(self, schedule: Schedule, room: Room):
        super().__init__()
        self._schedule, self._room = schedule, room

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        """The schedule's next assignment; None where none is to be had now."""
        trials = self._schedule.history.trials
        if self._room.full(trials[number].config for number in self._schedule.running):
            return None
        answer = self._schedule.next()
        if answer == "done":
            return str(Searcher.FINISHED)
        if answer == "wait":
            return None
        return {ASSIGNMENT: _Opaque(asdict(answer))}

    def on_trial_complete(self, trial_id: str, result: Any = None, error: bool = False) -> None:
        """The scheduler below has heard it already."""

    def save(self, checkpoint_path: str) -> None:
        """Nothing to save: the log remembers."""

    def restore(self, checkpoint_path: str) -> None:
        """Nothing to restore."""


class Tell(_Forgetful, FIFOScheduler):  # type: ignore[misc]
    """Ray tells; the schedule decides."""

    def __init__(self, schedule: Schedule, room: Room):
        super().__init__()
        self._schedule, self._room = schedule, room
        self._kept = 0
        self._pending: list[RayTrial] = []

    def choose_trial_to_run(self, tune_controller: Any) -> RayTrial | None:
        """The newest pending trial gets the worker that is free.

        Ray takes a free worker for whichever trial it is told, and gives up the actor that was starting for it. The
        newest trial is the one whose actor cannot have begun to start; the oldest, Ray's own choice, would keep the
        second worker from ever coming up while trials are shorter than the start of a worker.
        """
        self._pending = [trial for trial in self._pending if trial.status == RayTrial.PENDING]
        return self._pending[-1] if self._pending else None

    def on_trial_add(self, tune_controller: Any, trial: RayTrial) -> None:
        """Remember a pending trial; let Ray keep as many idle workers as there is room for.

        Not where trials are given different shares: an idle worker would keep its share from a trial that asks for
        another one, for good.
        """
        super().on_trial_add(tune_controller, trial)
        self._pending.append(trial)
        more = 0 if self._room.varied else self._room.workers - self._kept
        if more > 0:
            # Ray drops an idle actor unless a trial is pending, and a new one costs seconds of imports. There is no
            # public switch; without this line (another Ray version) studies are slower between stages and as right.
            with contextlib.suppress(AttributeError):
                tune_controller._actor_cache.increase_max(trial.placement_group_factory, by=more)
            self._kept += more

    def on_trial_result(self, tune_controller: Any, trial: RayTrial, result: dict[str, Any]) -> str:
        """One epoch for the schedule; its verdict for the trainer."""
        message: Message = result[MESSAGE]
        if message.report is None:  # Ray gives results that are done to `on_trial_complete` alone
            return str(TrialScheduler.STOP)
        stop = self._schedule.reported(number_of(trial), message.report, message.notices)
        return str(TrialScheduler.STOP if stop else TrialScheduler.CONTINUE)

    def on_trial_complete(self, tune_controller: Any, trial: RayTrial, result: dict[str, Any]) -> None:
        """A result marked done comes here and not to `on_trial_result`; so does a trial that was told to stop."""
        message: Message = result[MESSAGE]
        if message.kind == "failed":
            self._schedule.failed(number_of(trial), message.failure, message.overhead, message.notices)
        elif message.kind == "unwritable":
            self._schedule.unwritable(number_of(trial), message.failure, message.overhead, message.notices)
        elif message.kind == "end":
            self._schedule.completed(number_of(trial), message.overhead, message.notices)

    def on_trial_error(self, tune_controller: Any, trial: RayTrial) -> None:
        """The worker died."""
        lines = str(trial.get_error() or "it died without a word").strip().splitlines()
        self._schedule.lost(number_of(trial), f"worker lost: {lines[-1][:200]}")


class Watch(_Forgetful, Callback):  # type: ignore[misc]
    """Notes starts, ends trials that fell silent, and gives the caller a turn between Ray's events."""

    def __init__(self, schedule: Schedule, tick: Callable[[], None]):
        self._schedule, self._tick = schedule, tick

    def on_trial_start(self, iteration: int, trials: list[RayTrial], trial: RayTrial, **info: Any) -> None:
        """A worker took the trial up."""
        self._schedule.started(number_of(trial))

    def on_step_end(self, iteration: int, trials: list[RayTrial], **info: Any) -> None:
        """The caller's turn, and the end of workers that fell silent."""
        self._tick()
        silent = self._schedule.silent()
        for trial in trials if silent else ():
            actor = trial.temporary_state.ray_actor
            if trial.status == RayTrial.RUNNING and number_of(trial) in silent and actor is not None:
                ray.kill(actor)  # Ray reports the loss; the schedule retries from the checkpoint


def number_of(trial: RayTrial) -> int:
    """The study's number of a Ray trial."""
    return int(trial.config[ASSIGNMENT].fields["trial"])


def asked(config: dict[str, Any]) -> Mapping[str, Any]:
    """The study's configuration in that of a Ray trial; empty in the one that Ray looks at before there are trials."""
    return config[ASSIGNMENT].fields["config"] if ASSIGNMENT in config else {}
