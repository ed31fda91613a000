"""Ray Tune, told to run a schedule.

A module of its own, since importing Ray Tune takes a second, in which Ray can start.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from ray import tune
from ray.tune import (
    CheckpointConfig,
    CLIReporter,
    FailureConfig,
    RunConfig,
    TuneConfig,
    Tuner,
)

from sweep.engine.adapters import RayScheduler, RaySearcher, asked
from sweep.engine.own_session import without_secrets_in_its_log
from sweep.engine.placement import ClusterCapacity
from sweep.engine.trainable import started
from sweep.engine.trainable_registry import remembered
from sweep.engine.worker_context import WorkerContext
from sweep.session.schedule import Schedule
from sweep.worker.job import Job

MOST_STARTING = 64  # workers that start at a time when a cluster grows


def run(
    schedule: Schedule,
    job: Job,
    capacity: ClusterCapacity,
    context: WorkerContext,
    between: Sequence[Callable[[], None]],
    storage: str,
) -> None:
    """Run the schedule on the connected cluster.

    Args:
        between: called between events.
        storage: folder for the files that Ray always writes.
    """
    without_secrets_in_its_log()
    # Otherwise Ray starts its workers one after another. `RaySearcher` limits their number, also in
    # a cluster that grows.
    os.environ["TUNE_MAX_PENDING_TRIALS_PG"] = str(
        max(capacity.workers + 1, MOST_STARTING)
    )

    def turn() -> None:
        for call in between:
            call()

    scheduler = RayScheduler(schedule, capacity, turn)
    with started(context, job) as trainable, remembered():
        Tuner(
            tune.with_resources(
                trainable, lambda config: capacity.request(asked(config))
            ),
            tune_config=TuneConfig(
                search_alg=RaySearcher(schedule, capacity),
                scheduler=scheduler,
                num_samples=-1,
                reuse_actors=True,
                trial_dirname_creator=lambda trial: f"trial-{trial.trial_id}",
                trial_name_creator=lambda trial: f"trial-{trial.trial_id}",
            ),
            run_config=RunConfig(
                name="study",
                storage_path=storage,
                verbose=0,
                # In a notebook Ray's default reporter clears the cell's output, and shows nothing.
                progress_reporter=CLIReporter(),
                failure_config=FailureConfig(max_failures=0),
                checkpoint_config=CheckpointConfig(
                    checkpoint_frequency=0, checkpoint_at_end=False
                ),
            ),
        ).fit()
    scheduler.hear_last()
