"""Floor 9: Ray Tune executes. The only file that imports `ray`.

A `Searcher` that asks the schedule for the next trial, a `TrialScheduler` that hands it each result and passes its
verdict on, and a warm `Trainable` around `sweep.worker.Attempt`: three thin adapters. Ray keeps no truth: its loggers
and snapshots are off, its storage is a temporary folder; a resumed study is a new Tuner that runs only what is left.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import shutil
import signal
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sweep.errors import EngineError, UsageError
from sweep.schedule import Schedule
from sweep.spec import Resources
from sweep.trial import Assignment
from sweep.worker import Attempt, Job, Message

# Read when ray is imported, or inherited by its workers: set before the import below.
_ENVIRONMENT = {
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_AIR_NEW_OUTPUT": "0",  # the old reporter is silent at verbose=0; the new one is not
    "RAY_CHDIR_TO_TRIAL_DIR": "0",  # a trainer's relative paths mean what they mean in the user's shell
    "RAY_USAGE_STATS_ENABLED": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # signals are the study's business
    "TUNE_GLOBAL_CHECKPOINT_S": "86400",  # snapshots are nobody's memory here
    "TUNE_WARN_THRESHOLD_S": "60",
    "THP_MEM_ALLOC_ENABLE": "1",  # fewer page faults for torch on CPU: see the facts in the README
}
os.environ.update({key: os.environ.get(key, value) for key, value in _ENVIRONMENT.items()})

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ray
    from ray import tune
    from ray.tune import Callback, CheckpointConfig, FailureConfig, RunConfig, TuneConfig, Tuner
    from ray.tune.experiment import Trial as RayTrial
    from ray.tune.schedulers import FIFOScheduler, TrialScheduler
    from ray.tune.search import Searcher

START_ATTEMPTS = 3  # `ray.init` gives its processes 30 s, which a busy machine can miss
_MESSAGE, _ASSIGNMENT, _JOB = "message", "assignment", "job"


class Worker(tune.Trainable):  # type: ignore[misc]
    """A warm actor: imports torch once and then trains one assignment after another."""

    def setup(self, config: dict[str, Any]) -> None:
        """Take the first assignment.

        Nothing is begun before `step`: Ray may set a worker up for a trial, give that trial to another worker that
        became free meanwhile, and keep this one for later. Two workers would then train in one folder.
        """
        self._attempt: Attempt | None = None
        self._next = config

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Finish the last assignment and take the next one in the same process."""
        self.cleanup()
        self._next = new_config
        return True

    def step(self) -> dict[str, Any]:
        """Up to the trainer's next report, or its end."""
        if self._attempt is None:
            self._attempt = Attempt(self._next[_JOB], Assignment(**self._next[_ASSIGNMENT].fields))
        message = self._attempt.next()
        return {_MESSAGE: message, "done": message.kind != "epoch"}

    def cleanup(self) -> None:
        """Let a trainer that was told to stop return."""
        if self._attempt is not None:
            self._attempt.stop()
            self._attempt = None

    def save_checkpoint(self, checkpoint_dir: str) -> dict[str, Any]:
        """Nothing for Ray to keep: the trial's folder has its checkpoints."""
        return {}

    def load_checkpoint(self, checkpoint: dict[str, Any] | None) -> None:
        """Nothing to load: the trainer restores from its folder."""


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


class _Ask(_Forgetful, Searcher):  # type: ignore[misc]
    """Ray asks; the schedule answers: one trial for each worker, and one more for the worker that is free next."""

    def __init__(self, schedule: Schedule, workers: int):
        super().__init__()
        self._schedule, self._workers = schedule, workers

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        if len(self._schedule.running) > self._workers:
            return None
        answer = self._schedule.next()
        if answer == "done":
            return str(Searcher.FINISHED)
        if answer == "wait":
            return None
        return {_ASSIGNMENT: _Opaque(asdict(answer))}

    def on_trial_complete(self, trial_id: str, result: Any = None, error: bool = False) -> None:
        """The scheduler below has heard it already."""

    def save(self, checkpoint_path: str) -> None:
        """Nothing to save: the log remembers."""

    def restore(self, checkpoint_path: str) -> None:
        """Nothing to restore."""


class _Tell(_Forgetful, FIFOScheduler):  # type: ignore[misc]
    """Ray tells; the schedule decides."""

    def __init__(self, schedule: Schedule, workers: int):
        super().__init__()
        self._schedule, self._workers = schedule, workers
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
        super().on_trial_add(tune_controller, trial)
        self._pending.append(trial)
        if self._workers:
            # Ray drops an idle actor unless a trial is pending, and a new one costs seconds of imports. There is no
            # public switch; without this line (another Ray version) studies are slower between stages and as right.
            with contextlib.suppress(AttributeError):
                tune_controller._actor_cache.increase_max(trial.placement_group_factory, by=self._workers)
            self._workers = 0

    def on_trial_result(self, tune_controller: Any, trial: RayTrial, result: dict[str, Any]) -> str:
        message: Message = result[_MESSAGE]
        if message.report is None:  # Ray gives results that are done to `on_trial_complete` alone
            return str(TrialScheduler.STOP)
        stop = self._schedule.reported(_number(trial), message.report, message.notices)
        return str(TrialScheduler.STOP if stop else TrialScheduler.CONTINUE)

    def on_trial_complete(self, tune_controller: Any, trial: RayTrial, result: dict[str, Any]) -> None:
        """A result marked done comes here and not to `on_trial_result`; so does a trial that was told to stop."""
        message: Message = result[_MESSAGE]
        if message.kind == "failed":
            self._schedule.failed(_number(trial), message.failure, message.overhead, message.notices)
        elif message.kind == "end":
            self._schedule.completed(_number(trial), message.overhead, message.notices)

    def on_trial_error(self, tune_controller: Any, trial: RayTrial) -> None:
        lines = str(trial.get_error() or "it died without a word").strip().splitlines()
        self._schedule.lost(_number(trial), f"worker lost: {lines[-1][:200]}")


class _Watch(_Forgetful, Callback):  # type: ignore[misc]
    """Notes starts, ends trials that fell silent, and gives the caller a turn between Ray's events."""

    def __init__(self, schedule: Schedule, tick: Callable[[], None]):
        self._schedule, self._tick = schedule, tick

    def on_trial_start(self, iteration: int, trials: list[RayTrial], trial: RayTrial, **info: Any) -> None:
        self._schedule.started(_number(trial))

    def on_step_end(self, iteration: int, trials: list[RayTrial], **info: Any) -> None:
        self._tick()
        silent = self._schedule.silent()
        for trial in trials if silent else ():
            actor = trial.temporary_state.ray_actor
            if trial.status == RayTrial.RUNNING and _number(trial) in silent and actor is not None:
                ray.kill(actor)  # Ray reports the loss; the schedule retries from the checkpoint


def _number(trial: RayTrial) -> int:
    return int(trial.config[_ASSIGNMENT].fields["trial"])


def execute(schedule: Schedule, job: Job, resources: Resources, tick: Callable[[], None] = lambda: None) -> None:
    """Run a schedule on Ray until it is done.

    Args:
        tick: called a few times a second between events; an exception it raises ends the execution at once.

    Raises:
        UsageError: a trial asks for more than the machine or cluster has.
        EngineError: Ray could not be started.
    """
    with _ray(), _storage() as storage:
        placement, workers = _placement(resources)
        os.environ["TUNE_MAX_PENDING_TRIALS_PG"] = str(workers + 1)  # else Ray starts its workers one after another
        Tuner(
            tune.with_resources(Worker, placement),
            param_space={_JOB: job},
            tune_config=TuneConfig(
                search_alg=_Ask(schedule, workers),
                scheduler=_Tell(schedule, workers),
                num_samples=-1,
                reuse_actors=True,
                trial_dirname_creator=lambda trial: f"trial-{trial.trial_id}",
                trial_name_creator=lambda trial: f"trial-{trial.trial_id}",
            ),
            run_config=RunConfig(
                name="study",
                storage_path=storage,
                verbose=0,
                callbacks=[_Watch(schedule, tick)],
                failure_config=FailureConfig(max_failures=0),
                checkpoint_config=CheckpointConfig(checkpoint_frequency=0, checkpoint_at_end=False),
            ),
        ).fit()


def _placement(resources: Resources) -> tuple[dict[str, float], int]:
    """What one trial asks for, checked against what there is, and how many fit at a time."""
    there = ray.cluster_resources()
    cpus, gpus = there.get("CPU", 0.0), there.get("GPU", 0.0)
    gpu = resources.gpu if resources.gpu is not None else min(gpus, 1.0)
    for name, asked, found in (("cpu", resources.cpu, cpus), ("gpu", gpu, gpus)):
        if asked > found:
            raise UsageError(
                f"resources.{name}: a trial asks for {asked:g}, there are {found:g} in all; "
                f"lower resources.{name} in the study file or with --set resources.{name}=…"
            )
    fits = min(cpus // resources.cpu, gpus // gpu if gpu else math.inf)
    return {"cpu": resources.cpu, "gpu": gpu}, int(min(fits, resources.max_concurrent or math.inf))


@contextmanager
def _ray() -> Iterator[None]:
    """A Ray of our own on this machine, quiet, gone afterwards."""
    started_here = not ray.is_initialized()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for attempt in range(1, START_ATTEMPTS + 1):
        if not started_here:
            break
        try:
            ray.init(
                address="local",
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                _metrics_export_port=None,
            )
            break
        except (RuntimeError, OSError, ray.exceptions.RayError) as error:
            ray.shutdown()
            if attempt == START_ATTEMPTS:
                raise EngineError(
                    f"Ray did not start in {START_ATTEMPTS} attempts: {str(error).splitlines()[0]}. "
                    f"Is there memory, room in /dev/shm and in /tmp? The study is intact: `sweep resume`."
                ) from error
            time.sleep(2.0 * attempt)
    logging.getLogger("ray").setLevel(logging.ERROR)
    if threading.current_thread() is threading.main_thread():
        for number, handler in handlers.items():  # `ray.init` installs its own; signals are the study's business
            signal.signal(number, handler)
    try:
        yield
    finally:
        if started_here:
            ray.shutdown()


@contextmanager
def _storage() -> Iterator[str]:
    """A place for what Ray insists on writing."""
    folder = Path(tempfile.mkdtemp(prefix="sweep-ray-"))
    try:
        yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
