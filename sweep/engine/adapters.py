"""Connects Ray Tune's searcher and scheduler, on the driver, to the study's schedule."""

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

from sweep.engine.actor import ASKS, MESSAGES
from sweep.engine.assigning import ASSIGNMENT, Holder, holder, take_earliest, tell
from sweep.engine.endings import LAST_ENDINGS, Endings
from sweep.engine.placement import ClusterCapacity
from sweep.engine.worker_failure import last_words
from sweep.session.schedule import Schedule
from sweep.worker.job import Message


class _Forgetful:
    """Pickles as empty: Ray pickles searcher and scheduler into snapshots that nobody reads."""

    def __getstate__(self) -> dict[str, Any]:
        return {}


class RaySearcher(_Forgetful, Searcher):  # type: ignore[misc]
    """Gives Ray the schedule's trials: one for each worker, and one for the next free worker."""

    def __init__(self, schedule: Schedule, capacity: ClusterCapacity):
        super().__init__()
        self._schedule, self._room = schedule, capacity
        self._orders = itertools.count()

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        """The schedule's next assignment; None if there is none now."""
        trials = self._schedule.history.trials
        if self._room.full(trials[number].config for number in self._schedule.running):
            return None
        answer = self._schedule.next()
        if answer == "done":
            return str(Searcher.FINISHED)
        if answer == "wait":
            return None
        return {ASSIGNMENT: Holder(answer, next(self._orders))}

    def on_trial_complete(
        self, trial_id: str, result: Any = None, error: bool = False
    ) -> None:
        """Nothing to do: `RayScheduler` handles it."""

    def save(self, checkpoint_path: str) -> None:
        """Nothing to save: the log remembers."""

    def restore(self, checkpoint_path: str) -> None:
        """Nothing to restore."""


class RayScheduler(_Forgetful, FIFOScheduler):  # type: ignore[misc]
    """Passes Ray's events to the schedule, which decides.

    It also replaces a `Callback`: given any callback, Ray imports all those it knows, and with them
    wandb, mlflow and comet if they are installed.
    """

    def __init__(
        self, schedule: Schedule, capacity: ClusterCapacity, tick: Callable[[], None]
    ):
        super().__init__()
        self._schedule, self._room, self._tick = schedule, capacity, tick
        self._kept = 0
        self._pending: list[RayTrial] = []
        # their new actors run and have not asked yet
        self._unassigned: list[RayTrial] = []
        self._running: list[RayTrial] = []
        self._endings = Endings(schedule)
        # id of the handle → an actor that has run a trial
        self._actors: dict[int, Any] = {}

    def choose_trial_to_run(self, tune_controller: Any) -> RayTrial | None:
        """Note starts, call `tick`, and choose the newest trial, with the earliest assignment.

        Ray calls this before each of its events. It gives a free worker to the chosen trial, and
        drops the actor that was starting for that trial. The newest trial's actor cannot have begun
        to start. Ray's default, the oldest trial, would stop a second worker from ever starting
        while trials are shorter than a worker's start.
        """
        for trial in self._pending:
            if trial.status == RayTrial.RUNNING:
                self._note_start(trial)
        self._pending = [
            trial for trial in self._pending if trial.status == RayTrial.PENDING
        ]
        self._running = [
            trial for trial in self._running if trial.status == RayTrial.RUNNING
        ]
        self._unassigned = [t for t in self._unassigned if t.status == RayTrial.RUNNING]
        self._tick()
        self._endings.hear()
        self._end_silent()
        # A pending trial with an actor is about to receive its assignment.
        waiting = [t for t in self._pending if t.temporary_state.ray_actor is None]
        if not waiting:
            return None
        take_earliest(waiting[-1], [*waiting, *self._unassigned])
        return waiting[-1]

    def _note_start(self, trial: RayTrial) -> None:
        """Note a trial's actor: a reused one has the assignment, a new one will ask for it."""
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
        """End the workers that send no reports any more."""
        silent = self._schedule.silent()
        if not silent:
            return
        for trial in self._running:
            actor = trial.temporary_state.ray_actor
            if number_of(trial) in silent and actor is not None:
                ray.kill(
                    actor
                )  # Ray reports the loss; the schedule retries from the checkpoint

    def on_trial_add(self, tune_controller: Any, trial: RayTrial) -> None:
        """Remember a pending trial; let Ray keep as many idle workers as the cluster has room for.

        If trials request different shares, Ray keeps none: an idle worker would block its share for
        a trial that requests another one.
        """
        super().on_trial_add(tune_controller, trial)
        self._pending.append(trial)
        more = 0 if self._room.varied else self._room.workers - self._kept
        if more > 0:
            # Ray drops an idle actor unless a trial is pending, and a new one costs seconds of
            # imports. Ray has no public option for it. If another Ray version lacks this method,
            # studies are slower between stages, with the same results.
            with contextlib.suppress(AttributeError):
                tune_controller._actor_cache.increase_max(
                    trial.placement_group_factory, by=more
                )
            self._kept += more

    def on_trial_result(
        self, tune_controller: Any, trial: RayTrial, result: dict[str, Any]
    ) -> str:
        """Pass epochs to the schedule, and return its decision.

        The first result of a new actor asks for its assignment.
        """
        if result.get(ASKS):
            if trial in self._pending:  # its actor started during this event of Ray
                self._pending.remove(trial)
                self._note_start(trial)
            self._assign(trial)
            return str(TrialScheduler.CONTINUE)
        going_on = [self._take(trial, message) for message in result[MESSAGES]]
        if all(going_on):
            return str(TrialScheduler.CONTINUE)
        self._endings.end(trial)
        return str(TrialScheduler.STOP)

    def on_trial_complete(
        self, tune_controller: Any, trial: RayTrial, result: dict[str, Any]
    ) -> None:
        """Pass on a result marked done, which Ray does not send to `on_trial_result`.

        The last result of a stopped trial arrives here a second time; the schedule ignores it.
        """
        for message in result[MESSAGES]:
            self._take(trial, message)

    def hear_last(self) -> None:
        """Hear of the attempts that end while Ray ends."""
        self._endings.hear(LAST_ENDINGS)

    def _take(self, trial: RayTrial, message: Message) -> bool:
        """Pass one message to the schedule; return whether the trainer continues."""
        assignment = holder(trial).assignment
        number = assignment.trial
        self._schedule.depended(message.depends)
        if not self._schedule.stored(number, assignment.attempt, message.stored):
            return False
        if message.report is not None:
            return not self._schedule.reported(number, message.report, message.notices)
        if message.kind == "failed":
            self._schedule.failed(
                number, message.failure, message.overhead, message.notices
            )
        elif message.kind == "lost":
            self._schedule.lost(
                number, message.failure, message.overhead, message.notices
            )
        elif message.kind == "unwritable":
            self._schedule.unwritable(
                number, message.failure, message.overhead, message.notices
            )
        else:
            self._schedule.completed(number, message.overhead, message.notices)
        return False

    def on_trial_error(self, tune_controller: Any, trial: RayTrial) -> None:
        """The worker died."""
        self._schedule.lost(number_of(trial), f"worker lost: {_last_words(trial)}")


def number_of(trial: RayTrial) -> int:
    """The study's number of a Ray trial."""
    return holder(trial).assignment.trial


def asked(config: dict[str, Any]) -> Mapping[str, Any]:
    """The study's configuration inside a Ray trial's; empty before Ray has an assignment."""
    if ASSIGNMENT not in config:
        return {}
    assignment = config[ASSIGNMENT].assignment
    configuration: Mapping[str, Any] = assignment.config
    return configuration


def _last_words(trial: RayTrial) -> str:
    """Why the worker died, as far as Ray knows: one line.

    Ray has just written the reason to the trial's folder. Its `get_error` reads the storage, which
    does not have it yet.
    """
    path = trial.error_file
    error_text = ""
    if path and Path(path).is_file():
        error_text = Path(path).read_text(encoding="utf-8", errors="replace")
    return last_words(error_text, trial.node_ip, ray.nodes)
