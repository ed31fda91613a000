"""A schedule run on Ray, from the first trial to the last."""

from __future__ import annotations

import os
from collections.abc import Callable

import ray
from ray import tune
from ray.tune import CheckpointConfig, FailureConfig, RunConfig, TuneConfig, Tuner

from sweep.engine.adapters import Ask, Tell, Watch
from sweep.engine.cluster import connected, placement, scratch
from sweep.engine.node import NodeLost, alive
from sweep.engine.trainable import JOB, Worker
from sweep.schedule import Schedule
from sweep.spec import Resources
from sweep.watchdog import guard
from sweep.worker import Job

RESTARTS = 3  # of a Ray of our own whose node died; a machine that kills it more often needs its owner


def execute(schedule: Schedule, job: Job, resources: Resources, tick: Callable[[], None] = lambda: None) -> None:
    """Run a schedule on Ray until it is done; nothing that it starts outlives this process, however that ends.

    Args:
        tick: called a few times a second between events; an exception it raises ends the execution at once.

    Raises:
        UsageError: a trial asks for more than the machine or cluster has.
        EngineError: Ray could not be started, or died and could not be brought back.
    """
    with guard(schedule.folder) as leave_nothing:
        for restarts_left in reversed(range(RESTARTS + 1)):
            try:
                with connected(leave_nothing), scratch() as storage:
                    leave_nothing(storage)
                    _run(schedule, job, resources, tick, storage)
                return
            except NodeLost as lost:
                if ray.is_initialized() or not restarts_left:  # the caller's Ray is not ours to start again
                    raise
                schedule.abandon()
                schedule.record({"event": "notice", "message": f"{lost.what}; Ray was started again", "trial": None})


def _run(schedule: Schedule, job: Job, resources: Resources, tick: Callable[[], None], storage: str) -> None:
    """The schedule on the Ray there is; what Ray insists on writing goes to `storage`."""
    share, workers = placement(resources)
    os.environ["TUNE_MAX_PENDING_TRIALS_PG"] = str(workers + 1)  # else Ray starts its workers one after another
    look = alive()

    def turn() -> None:
        look()
        tick()

    Tuner(
        tune.with_resources(Worker, share),
        param_space={JOB: job},
        tune_config=TuneConfig(
            search_alg=Ask(schedule, workers),
            scheduler=Tell(schedule, workers),
            num_samples=-1,
            reuse_actors=True,
            trial_dirname_creator=lambda trial: f"trial-{trial.trial_id}",
            trial_name_creator=lambda trial: f"trial-{trial.trial_id}",
        ),
        run_config=RunConfig(
            name="study",
            storage_path=storage,
            verbose=0,
            callbacks=[Watch(schedule, turn)],
            failure_config=FailureConfig(max_failures=0),
            checkpoint_config=CheckpointConfig(checkpoint_frequency=0, checkpoint_at_end=False),
        ),
    ).fit()
