"""Runs a schedule on Ray, from the first trial to the last."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace

import ray
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
from sweep.engine.cluster import connected, scratch
from sweep.engine.code_bundle import pack
from sweep.engine.node import Alive, NodeLost
from sweep.engine.nodes import Sight, clear_all, probe
from sweep.engine.placement import ClusterCapacity
from sweep.engine.trainable import bound
from sweep.engine.worker_context import WorkerContext, credentials_for
from sweep.errors import UsageError
from sweep.model.events import Notice
from sweep.session.schedule import Schedule
from sweep.spec import Resources
from sweep.watchdog import guard
from sweep.worker.job import Job

RESTARTS = 3  # of a local cluster whose node died
MOST_STARTING = 64  # workers that start at the same time when a cluster grows


def execute(
    schedule: Schedule,
    job: Job,
    resources: Resources,
    tick: Callable[[], None] = lambda: None,
    address: str | None = None,
) -> None:
    """Run a schedule on Ray until it is done.

    No process that it starts outlives this one, however this one ends.

    Args:
        schedule: decides on trials.
        job: what all trials share.
        resources: of the study.
        tick: called a few times per second between events; an exception that it raises ends the
            execution at once.
        address: of a cluster to join, `auto` or `host:port`; None: a local cluster is started.

    Raises:
        UsageError: a trial asks for more than a machine has, or nodes do not see the study's
            folder.
        EngineError: Ray could not be started or joined, or died and could not be restarted.
    """

    def say(text: str) -> None:
        # about the machine, not the numbers: not a caveat of the table
        schedule.record(Notice(text, caveat=False))

    with guard(schedule.folder) as leave_nothing:
        for restarts_left in reversed(range(RESTARTS + 1)):
            try:
                with (
                    connected(leave_nothing, address, say) as alone,
                    scratch() as storage,
                ):
                    leave_nothing(storage)
                    capacity = ClusterCapacity(resources)
                    _check(capacity, schedule, joined=address is not None)
                    with (
                        _worker_context(schedule, job, alone) as (context, look),
                        closing(Alive(ours=alone)) as alive,
                    ):
                        between: list[Callable[[], None]] = [
                            alive,
                            capacity.look,
                            look,
                            tick,
                        ]
                        try:
                            _run(schedule, job, capacity, context, between, storage)
                        except Exception:
                            if alive.lost is not None:  # the cleaning up failed as well
                                raise alive.lost from None
                            raise
                return
            except NodeLost as lost:
                if ray.is_initialized() or address or not restarts_left:
                    # a cluster that was not started here cannot be restarted here
                    raise
                schedule.abandon()
                schedule.record(Notice(f"{lost.what}; Ray was started again"))


def _check(capacity: ClusterCapacity, schedule: Schedule, joined: bool) -> None:
    """Refuse trials that do not fit any node.

    In a joined cluster, to which nodes may be added, there is only a notice.
    """
    try:
        capacity.check()
    except UsageError as lack:
        if not joined:
            raise
        schedule.record(Notice(f"{lack}. Trials wait for such a node"))


@contextmanager
def _worker_context(
    schedule: Schedule, job: Job, alone: bool
) -> Iterator[tuple[WorkerContext, Callable[[], None]]]:
    """The context of the workers, and a function to call between events, which checks new nodes."""
    study = job.storage or str(schedule.folder.resolve())
    context = WorkerContext(ray.get_runtime_context().get_node_id(), study)
    if alone:
        yield context, lambda: None
        return
    context = replace(context, code_bundle=pack(schedule.history.spec.reference()))
    if job.storage is not None:
        yield replace(context, credentials=credentials_for(job.storage)), lambda: None
    else:
        with probe(schedule.folder) as seen:
            yield replace(context, probe=seen), Sight(schedule.folder, *seen).look
    clear_all(study)


def _run(
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
    # Otherwise Ray starts its workers one after another. `RaySearcher` limits their number, also in
    # a cluster that grows.
    os.environ["TUNE_MAX_PENDING_TRIALS_PG"] = str(
        max(capacity.workers + 1, MOST_STARTING)
    )

    def turn() -> None:
        for call in between:
            call()

    Tuner(
        tune.with_resources(
            bound(context, job), lambda config: capacity.request(asked(config))
        ),
        tune_config=TuneConfig(
            search_alg=RaySearcher(schedule, capacity),
            scheduler=RayScheduler(schedule, capacity, turn),
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
