"""A schedule run on Ray, from the first trial to the last."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import ray
from ray import tune
from ray.tune import CheckpointConfig, FailureConfig, RunConfig, TuneConfig, Tuner

from sweep.engine.adapters import Ask, Tell, asked
from sweep.engine.cluster import connected, scratch
from sweep.engine.luggage import pack
from sweep.engine.node import NodeLost, alive
from sweep.engine.nodes import Sight, clear_all, probe
from sweep.engine.placement import Room
from sweep.engine.site import Site
from sweep.engine.trainable import bound
from sweep.errors import UsageError
from sweep.log import records
from sweep.running.schedule import Schedule
from sweep.spec import Resources
from sweep.watchdog import guard
from sweep.worker.attempt import Job

RESTARTS = 3  # of a Ray of our own whose node died; a machine that kills it more often needs its owner
MOST_STARTING = 64  # workers that start at a time when a cluster grows


def execute(
    schedule: Schedule,
    job: Job,
    resources: Resources,
    tick: Callable[[], None] = lambda: None,
    address: str | None = None,
) -> None:
    """Run a schedule on Ray until it is done; nothing that it starts outlives this process, however that ends.

    Args:
        tick: called a few times a second between events; an exception it raises ends the execution at once.
        address: of a cluster to join, `auto` or `host:port`; None: a Ray of our own on this machine.

    Raises:
        UsageError: a trial asks for more than a machine has, or nodes do not see the study's folder.
        EngineError: Ray could not be started or joined, or died and could not be brought back.
    """

    def say(text: str) -> None:  # of the machine, not of the numbers: no caveat of the table
        schedule.record({**records.notice(text), "caveat": False})

    with guard(schedule.folder) as leave_nothing:
        for restarts_left in reversed(range(RESTARTS + 1)):
            try:
                with connected(leave_nothing, address, say) as alone, scratch() as storage:
                    leave_nothing(storage)
                    room = Room(resources)
                    _check(room, schedule, joined=address is not None)
                    with _site(schedule, job, alone) as (site, look):
                        _run(schedule, job, room, site, [room.look, look, alive(), tick], storage)
                return
            except NodeLost as lost:
                if ray.is_initialized() or address or not restarts_left:  # the caller's Ray is not ours to start again
                    raise
                schedule.abandon()
                schedule.record(records.notice(f"{lost.what}; Ray was started again"))


def _check(room: Room, schedule: Schedule, joined: bool) -> None:
    """Refuse what will not fit; in a cluster that was joined, nodes may be on their way: there it is only said."""
    try:
        room.check()
    except UsageError as lack:
        if not joined:
            raise
        schedule.record(records.notice(f"{lack}. Trials wait for such a node"))


@contextmanager
def _site(schedule: Schedule, job: Job, alone: bool) -> Iterator[tuple[Site, Callable[[], None]]]:
    """What workers are told, and what to call between events so that nodes which join are looked at."""
    study = job.storage or str(schedule.folder.resolve())
    site = Site(ray.get_runtime_context().get_node_id(), study)
    if alone:
        yield site, lambda: None
        return
    site = replace(site, luggage=pack(schedule.history.spec.reference()))
    if job.storage is not None:
        yield site, lambda: None
    else:
        with probe(schedule.folder) as seen:
            yield replace(site, probe=seen), Sight(schedule.folder, *seen).look
    clear_all(study)


def _run(
    schedule: Schedule, job: Job, room: Room, site: Site, between: Sequence[Callable[[], None]], storage: str
) -> None:
    """The schedule on the Ray there is.

    Args:
        between: called between events.
        storage: where what Ray insists on writing goes.
    """
    # Else Ray starts its workers one after another; `Ask` says how many there may be, in a cluster that grows as well.
    os.environ["TUNE_MAX_PENDING_TRIALS_PG"] = str(max(room.workers + 1, MOST_STARTING))

    def turn() -> None:
        for call in between:
            call()

    Tuner(
        tune.with_resources(bound(site, job), lambda config: room.request(asked(config))),
        tune_config=TuneConfig(
            search_alg=Ask(schedule, room),
            scheduler=Tell(schedule, room, turn),
            num_samples=-1,
            reuse_actors=True,
            trial_dirname_creator=lambda trial: f"trial-{trial.trial_id}",
            trial_name_creator=lambda trial: f"trial-{trial.trial_id}",
        ),
        run_config=RunConfig(
            name="study",
            storage_path=storage,
            verbose=0,
            failure_config=FailureConfig(max_failures=0),
            checkpoint_config=CheckpointConfig(checkpoint_frequency=0, checkpoint_at_end=False),
        ),
    ).fit()
