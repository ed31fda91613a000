"""`resources.gpu: auto`: measures one trial before the study's first, and logs its GPU share.

Later sessions use the share in the log, so a resumed study puts as many trials on a GPU as before.
A study on several machines is measured on the driver's machine.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import closing

from sweep import command
from sweep.errors import UsageError
from sweep.model.events import Notice
from sweep.model.probe_events import GpuShareMeasured
from sweep.model.trial import Assignment
from sweep.provenance import mps
from sweep.session import gpu_monitor, gpu_share
from sweep.session.first_configuration import first_configuration
from sweep.session.gpu_monitor import Monitor
from sweep.session.plan import PROBE_EPOCHS
from sweep.session.schedule import Schedule
from sweep.spec import Resources
from sweep.worker.job import Job, RunningTrial
from sweep.worker.trial_starter import TrialStarter

_NAP = 0.2  # seconds between two calls of `tick`
_LONGEST = 600.0  # seconds of epochs; a GPU's busy time is known long before
_CURE = (
    "Leave gpu out, and each trial gets a GPU if the machine has one; or write its "
    "share, such as gpu: 0.25"
)


def resolved_resources(
    schedule: Schedule, job: Job, tick: Callable[[], None]
) -> Resources:
    """The resources of a trial, measured if the study asks for it and the log has no share.

    A session that is stopped while measuring logs no share; the next session measures again.

    Args:
        tick: called a few times a second.

    Raises:
        UsageError: this machine has no GPU, or the trial failed.
    """
    history = schedule.history
    if not history.resources.measured:
        return history.resources
    before = gpu_monitor.gpus()
    if not before:
        raise UsageError(
            "resources.gpu: auto measures a trial on a GPU, and this machine has none that "
            f"nvidia-smi lists. {_CURE} for a cluster with GPUs (--address)"
        )
    with Monitor(before) as monitor:
        since = _train(schedule, job, tick)
        use = monitor.use(since)
    if schedule.stop_reason:
        return history.resources
    share = gpu_share.propose(
        use,
        gpus=len(before),
        cores=os.cpu_count() or 1,
        cpu=history.resources.cpu,
        with_mps=mps.running(),
    )
    measured = GpuShareMeasured(
        gpu=share.gpu,
        memory=0 if use is None else use.memory,
        free=before[0].total - before[0].used if use is None else use.free,
        busy=None if use is None else use.busy,
        limit=share.limit,
    )
    words = f"resources.gpu: auto: {share.words}"
    schedule.record(measured, Notice(words, caveat=False))
    return history.resources


def _train(schedule: Schedule, job: Job, tick: Callable[[], None]) -> float:
    """Train the first configuration for some epochs; returns their start in monotonic seconds."""
    config = first_configuration(schedule.history.spec)
    with (
        tempfile.TemporaryDirectory(prefix="sweep-probe-") as folder,
        closing(TrialStarter(command.load, job)) as starter,
    ):
        attempt = starter.begin(_assignment(config, folder))
        try:
            return _epochs(attempt, schedule, tick)
        finally:
            attempt.stop()


def _assignment(config: dict[str, object], folder: str) -> Assignment:
    return Assignment(
        trial=0,
        label="probe",
        config=config,
        seed=0,
        fold=None,
        folds=None,
        attempt=1,
        folder=folder,
        last_epoch=None,
        checkpoints={},
    )


def _epochs(
    attempt: RunningTrial, schedule: Schedule, tick: Callable[[], None]
) -> float:
    began = first = time.monotonic()
    count = 0
    while True:
        message = attempt.poll(_NAP)
        tick()
        if message is None:
            if schedule.stop_reason:
                return began
            continue
        if message.kind not in ("epoch", "end"):
            raise UsageError(
                f"resources.gpu: auto: the trial that was to be measured failed: "
                f"{message.failure}. {_CURE}"
            )
        now = time.monotonic()
        count += 1
        if count == 1:
            first = now
        is_known = count >= PROBE_EPOCHS and gpu_monitor.is_enough(first, now)
        is_over = message.kind == "end" or bool(schedule.stop_reason)
        if is_known or is_over or now - began > _LONGEST:
            return first if count > 1 else began
