"""The engines that run a schedule: Ray Tune on every CPU and GPU, or one trial after another."""

from __future__ import annotations

from collections.abc import Callable

from sweep.session import gpu_probe, serial
from sweep.session.run_target import EngineName
from sweep.session.schedule import Schedule
from sweep.session.session import Execute
from sweep.spec import Resources
from sweep.worker.job import Job


def on_ray(
    schedule: Schedule,
    job: Job,
    resources: Resources,
    tick: Callable[[], None],
    address: str | None,
) -> None:
    """Run a schedule on Ray; see `sweep.engine.execution.execute`."""
    if resources.measured:
        resources = gpu_probe.resolved_resources(schedule, job, tick)
        if schedule.stop_reason:
            return
    from sweep.engine import (
        execution,
    )  # imported here for start-up time: Ray takes a second

    execution.execute(schedule, job, resources, tick, address)


def one_by_one(
    schedule: Schedule,
    job: Job,
    resources: Resources,
    tick: Callable[[], None],
    address: str | None,
) -> None:
    """Run one trial after another; see `sweep.session.serial.execute`."""
    serial.execute(schedule, job, tick)


def in_this_process(
    schedule: Schedule,
    job: Job,
    resources: Resources,
    tick: Callable[[], None],
    address: str | None,
) -> None:
    """Run one trial after another in this process, for a debugger."""
    serial.execute(schedule, job, tick, here=True)


ENGINES: dict[EngineName, Execute] = {
    "ray": on_ray,
    "serial": one_by_one,
    "debug": in_this_process,
}
