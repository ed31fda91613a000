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
from sweep.engine.nodes import FolderCheck, clear_all, probe
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

    Every process that it starts ends with this one, even if this one is killed.

    Args:
        schedule: decides which trial runs, and when it stops.
        job: the settings that all trials share.
        resources: the study's resources.
        tick: called a few times per second between events; an exception of it ends the execution.
        address: `auto` or `host:port` of a cluster to join; None: start a local cluster.

    Raises:
        UsageError: a trial asks for more than a machine has, or nodes do not see the study's
            folder.
        EngineError: Ray could not be started or joined, or died and could not be restarted.
    """

    def say(text: str) -> None:
        # It concerns the machine, not the results, so tables do not show it.
        schedule.record(Notice(text, caveat=False))

    with guard(schedule.folder) as remove_at_end:
        for restarts_left in reversed(range(RESTARTS + 1)):
            try:
                with (
                    _imported_meanwhile(_RAY_TUNE),
                    connected(remove_at_end, address, say) as is_local,
                    scratch() as storage,
                ):
                    remove_at_end(storage)
                    capacity = ClusterCapacity(resources)
                    _check(capacity, schedule, joined=address is not None)
                    _run(schedule, job, capacity, tick, storage, is_local)
                return
            except NodeLost as lost:
                # Only a cluster that was started here can be started again.
                if ray.is_initialized() or address or not restarts_left:
                    raise
                schedule.abandon()
                schedule.record(Notice(f"{lost.what}; Ray was started again"))


def _run(
    schedule: Schedule,
    job: Job,
    capacity: ClusterCapacity,
    tick: Callable[[], None],
    storage: str,
    is_local: bool,
) -> None:
    """Run the schedule on the connected cluster.

    Raises:
        NodeLost: the local cluster's node died.
    """
    from sweep.engine import tuning

    with (
        _worker_context(schedule, job, is_local) as (context, check_new_nodes),
        closing(Alive(ours=is_local)) as alive,
    ):
        between_events: list[Callable[[], None]] = [alive]
        if not is_local:  # the nodes of a local cluster do not change
            between_events += [capacity.look, check_new_nodes]
        between_events += [tick]
        try:
            tuning.run(schedule, job, capacity, context, between_events, storage)
        except Exception:
            alive.check_processes()  # if the node died, this error only follows from that
            raise


@contextmanager
def _imported_meanwhile(module: str) -> Iterator[None]:
    """Import a module in a thread while the caller of this context waits for Ray.

    An error is ignored here: the next import of the module raises it again.
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
    """Raise `UsageError` if trials do not fit any node.

    In a joined cluster, to which nodes may be added, only record a notice.
    """
    try:
        capacity.check()
    except UsageError as error:
        if not joined:
            raise
        schedule.record(Notice(f"{error}. Trials wait for such a node"))


@contextmanager
def _worker_context(
    schedule: Schedule, job: Job, is_local: bool
) -> Iterator[tuple[WorkerContext, Callable[[], None]]]:
    """The context of the workers, and a function that checks new nodes, to call between events."""
    study = job.storage or str(schedule.folder.resolve())
    context = WorkerContext(ray.get_runtime_context().get_node_id(), study)
    if is_local:
        yield context, lambda: None
        return
    context = replace(context, code_bundle=pack(schedule.history.spec.reference()))
    if job.storage is not None:
        yield replace(context, credentials=credentials_for(job.storage)), lambda: None
    else:
        with probe(schedule.folder) as probe_file:
            folder_check = FolderCheck(schedule.folder, *probe_file)
            yield replace(context, probe=probe_file), folder_check.ask_new_nodes
    clear_all(study)
