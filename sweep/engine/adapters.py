"""The driver's side: what Ray asks for and tells, handed to the schedule."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ray
from ray.tune.experiment import Trial as RayTrial
from ray.tune.schedulers import FIFOScheduler, TrialScheduler
from ray.tune.search import Searcher

from sweep.engine.assigning import ASSIGNMENT, Holder, holder, take_earliest, tell
from sweep.engine.placement import ClusterCapacity
from sweep.engine.trainable import ASKS, MESSAGES
from sweep.engine.worker_failure import last_words
from sweep.session.schedule import Schedule
from sweep.worker.job import Message


class _Forgetful:
    """Ray pickles searcher, scheduler and callbacks into its snapshots; nobody reads those, so they hold nothing."""

    def __getstate__(self) -> dict[str, Any]:
        return {}


class RaySearcher(_Forgetful, Searcher):  # type: ignore[misc]
    """Ray asks; the schedule answers: one trial for each worker, and one more for the worker that is free next."""

    def __init__(self, schedule: Schedule, capacity: ClusterCapacity):
        super().__init__()
        self._schedule, self._room = schedule, capacity
        self._orders = itertools.count()

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
        return {ASSIGNMENT: Holder(answer, next(self._orders))}

    def on_trial_complete(self, trial_id: str, result: Any = None, error: bool = False) -> None:
        """The scheduler below has heard it already."""

    def save(self, checkpoint_path: str) -> None:
        """Nothing to save: the log remembers."""

    def restore(self, checkpoint_path: str) -> None:
        """Nothing to restore."""


class RayScheduler(_Forgetful, FIFOScheduler):  # type: ignore[misc]
    """Ray tells; the schedule decides.

    It stands in for a `Callback` as well, which would be called at starts and between events: where
    Ray is given any, it imports those it knows, and with them wandb, mlflow and comet where they
    are installed.
    """

    def __init__(self, schedule: Schedule, capacity: ClusterCapacity, tick: Callable[[], None]):
        super().__init__()
        self._schedule, self._room, self._tick = schedule, capacity, tick
        self._kept = 0
        self._pending: list[RayTrial] = []
        self._unassigned: list[RayTrial] = []  # their new actors are up and have not asked yet
        self._running: list[RayTrial] = []
        self._actors: dict[int, Any] = {}  # those that have run a trial, by the id of the handle

    def choose_trial_to_run(self, tune_controller: Any) -> RayTrial | None:
        """Called before each of Ray's events: notes starts, gives the caller a turn, and places the
        newest trial, with the earliest assignment.

        Ray takes a free worker for whichever trial it is told, and gives up the actor that was
        starting for it. The newest trial is the one whose actor cannot have begun to start; the
        oldest, Ray's own choice, would keep the second worker from ever coming up while trials are
        shorter than the start of a worker.
        """
        for trial in self._pending:
            if trial.status == RayTrial.RUNNING:
                self._note_start(trial)
        self._pending = [trial for trial in self._pending if trial.status == RayTrial.PENDING]
        self._running = [trial for trial in self._running if trial.status == RayTrial.RUNNING]
        self._unassigned = [t for t in self._unassigned if t.status == RayTrial.RUNNING]
        self._tick()
        self._end_silent()
        # One that has an actor already is being handed its assignment.
        waiting = [t for t in self._pending if t.temporary_state.ray_actor is None]
        if not waiting:
            return None
        take_earliest(waiting[-1], [*waiting, *self._unassigned])
        return waiting[-1]

    def _note_start(self, trial: RayTrial) -> None:
        """A trial has its actor: an old one was given the assignment, a new one is going to ask."""
        actor = trial.temporary_state.ray_actor
        if id(actor) in self._actors:
            self._schedule.started(number_of(trial))
        else:
            self._actors[id(actor)] = actor
            self._unassigned.append(trial)
        self._running.append(trial)

    def _assign(self, trial: RayTrial) -> None:
        """Tell a new actor what to train."""
        if trial in self._unassigned:
            self._unassigned.remove(trial)
        waiting = [t for t in self._pending if t.temporary_state.ray_actor is None]
        take_earliest(trial, [*waiting, *self._unassigned])
        tell(trial)
        self._schedule.started(number_of(trial))

    def _end_silent(self) -> None:
        """End the workers that fell silent."""
        silent = self._schedule.silent()
        for trial in self._running if silent else ():
            actor = trial.temporary_state.ray_actor
            if number_of(trial) in silent and actor is not None:
                ray.kill(actor)  # Ray reports the loss; the schedule retries from the checkpoint

    def on_trial_add(self, tune_controller: Any, trial: RayTrial) -> None:
        """Remember a pending trial; let Ray keep as many idle workers as there is capacity for.

        Not where trials are given different shares: an idle worker would keep its share from a
        trial that asks for another one, for good.
        """
        super().on_trial_add(tune_controller, trial)
        self._pending.append(trial)
        more = 0 if self._room.varied else self._room.workers - self._kept
        if more > 0:
            # Ray drops an idle actor unless a trial is pending, and a new one costs seconds of
            # imports. There is no public switch; without this line (another Ray version) studies
            # are slower between stages and as right.
            with contextlib.suppress(AttributeError):
                tune_controller._actor_cache.increase_max(trial.placement_group_factory, by=more)
            self._kept += more

    def on_trial_result(self, tune_controller: Any, trial: RayTrial, result: dict[str, Any]) -> str:
        """Epochs for the schedule; its verdict for the trainer. A new actor's first one asks."""
        if result.get(ASKS):
            if trial in self._pending:  # it came up in this turn of Ray's
                self._pending.remove(trial)
                self._note_start(trial)
            self._assign(trial)
            return str(TrialScheduler.CONTINUE)
        going_on = [self._take(number_of(trial), message) for message in result[MESSAGES]]
        if all(going_on):
            return str(TrialScheduler.CONTINUE)
        _end_attempt(trial)
        return str(TrialScheduler.STOP)

    def on_trial_complete(
        self, tune_controller: Any, trial: RayTrial, result: dict[str, Any]
    ) -> None:
        """A result marked done comes here and not to `on_trial_result`.

        So does the last result of a trial that was told to stop; the schedule has done with it and
        takes nothing twice.
        """
        for message in result[MESSAGES]:
            self._take(number_of(trial), message)

    def _take(self, number: int, message: Message) -> bool:
        """Hand one message to the schedule; whether the trainer goes on."""
        self._schedule.depended(message.depends)
        if message.report is not None:
            return not self._schedule.reported(number, message.report, message.notices)
        if message.kind == "failed":
            self._schedule.failed(number, message.failure, message.overhead, message.notices)
        elif message.kind == "lost":
            self._schedule.lost(number, message.failure, message.overhead, message.notices)
        elif message.kind == "unwritable":
            self._schedule.unwritable(number, message.failure, message.overhead, message.notices)
        else:
            self._schedule.completed(number, message.overhead, message.notices)
        return False

    def on_trial_error(self, tune_controller: Any, trial: RayTrial) -> None:
        """The worker died."""
        self._schedule.lost(number_of(trial), f"worker lost: {_last_words(trial)}")


def _end_attempt(trial: RayTrial) -> None:
    """Let the worker end a trial that was told to stop.

    Ray itself says nothing to a worker until there is another trial for it. A paused trial that
    goes on with another worker would wait for that.
    """
    actor = trial.temporary_state.ray_actor
    if actor is not None:
        actor.end_attempt.remote()


def number_of(trial: RayTrial) -> int:
    """The study's number of a Ray trial."""
    return holder(trial).assignment.trial


def asked(config: dict[str, Any]) -> Mapping[str, Any]:
    """The study's configuration in that of a Ray trial; empty in the one that Ray looks at before there are trials."""
    return config[ASSIGNMENT].assignment.config if ASSIGNMENT in config else {}


def _last_words(trial: RayTrial) -> str:
    """Why the worker died, as far as Ray knows: one line.

    Ray has just written it to the trial's own folder; its `get_error` looks in the storage, where
    it is not yet.
    """
    path = trial.error_file
    said = (
        Path(path).read_text(encoding="utf-8", errors="replace")
        if path and Path(path).is_file()
        else ""
    )
    return last_words(said, trial.node_ip, ray.nodes())
