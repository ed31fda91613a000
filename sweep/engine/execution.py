"""Runs a schedule on Ray, from the first trial to the last."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace

import ray

from sweep.engine.cluster import connected, scratch
from sweep.engine.code_bundle import pack
from sweep.engine.node import Alive, NodeLost
from sweep.engine.nodes import Sight, clear_all, probe
from sweep.engine.placement import ClusterCapacity
from sweep.engine.worker_context import WorkerContext, credentials_for
from sweep.errors import UsageError
from sweep.model.events import Notice
from sweep.session.schedule import Schedule
from sweep.spec import Resources
from sweep.watchdog import guard
from sweep.worker.job import Job

RESTARTS = 3  # of a local cluster whose node died
_RAY_TUNE = "sweep.engine.tuning"  # it imports Ray Tune, which takes a second


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
                    _imported_meanwhile(_RAY_TUNE),
                    connected(leave_nothing, address, say) as alone,
                    scratch() as storage,
                ):
                    from sweep.engine import tuning

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
                            tuning.run(
                                schedule, job, capacity, context, between, storage
                            )
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


@contextmanager
def _imported_meanwhile(module: str) -> Iterator[None]:
    """Import a module in a thread beside what this context does, most of which is waiting for Ray.

    Where that fails, whoever imports it next is told why.
    """

    def load() -> None:
        with suppress(Exception):
            importlib.import_module(module)

    thread = threading.Thread(target=load, name=f"import {module}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


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
