"""What deciding one more trial costs in a study of some size (`python -m benchmarks growth`):
nothing is trained.

A log of so many ended trials is written (`benchmarks.big_log`) and resumed; then trials of three
epochs are run one after another by a scripted executor. What is shown is the CPU time of this
process for one trial: ask, start, three reports, end, and all that is decided and logged between
them, without a sync.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import big_log
from sweep.ablation import ablation_stage
from sweep.history.opening import resumed
from sweep.model.trial import EpochReport
from sweep.samplers import SAMPLERS
from sweep.search import search_stage
from sweep.session.schedule import Schedule

EPOCHS = 3


def measure(
    size: int, method: str, pruner: str, trials: int = 50
) -> tuple[float, float]:
    """Return the CPU microseconds of one more trial in a study of `size`, and of its sampler."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        big_log.write(folder, size, EPOCHS, method, pruner)
        log, history = resumed(folder)
        with log:
            log._sync = lambda fd: None
            schedule = Schedule(
                log, history, [search_stage.propose, ablation_stage.propose], folder
            )
            _run(schedule, 5)  # computes what is computed once
            with _timed(method) as of_sampler:
                start_time = time.process_time()
                _run(schedule, trials)
                total = time.process_time() - start_time
    return 1e6 * total / trials, 1e6 * sum(of_sampler) / trials


def _run(schedule: Schedule, trials: int) -> None:
    """Run trials one after another, as an executor would."""
    for _ in range(trials):
        assignment = schedule.next()
        if isinstance(assignment, str):
            raise RuntimeError(f"the study is over: {assignment}")
        number = assignment.trial
        schedule.started(number)
        for epoch in range(EPOCHS):
            value = (number % 97) / 97 + epoch / 10
            metrics: dict[str, float | None] = {"val/f1": value, "val/loss": 1 - value}
            if schedule.reported(number, EpochReport(epoch, metrics, 1.0, None)):
                break
        else:
            schedule.completed(number, 0.1)


@contextmanager
def _timed(method: str) -> Iterator[list[float]]:
    """Collect the CPU seconds of each call of a method's sampler."""
    seconds: list[float] = []
    sampler = SAMPLERS[method]
    suggest = sampler.suggest

    def timed(*arguments: Any) -> Any:
        start_time = time.process_time()
        try:
            return suggest(*arguments)
        finally:
            seconds.append(time.process_time() - start_time)

    sampler.suggest = timed  # type: ignore[method-assign]
    try:
        yield seconds
    finally:
        sampler.suggest = suggest  # type: ignore[method-assign]
