"""Descriptive statistics of arms over tasks: interquartile mean, probability of improvement.

They follow Agarwal et al. (2021). Their bootstrap intervals are too short with few runs, and their
target is not the mean change. They support no verdict, and have a separate table.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError
from sweep.report import numbers
from sweep.report.evidence import Evidence
from sweep.report.table import EMPTY, Cell, Column, Note, Table, Value
from sweep.report.task_evidence import OverTasks, over_tasks
from sweep.statistics.aggregate import (
    Aggregate,
    bootstrap_of_improvement,
    stratified_bootstrap,
)
from sweep.statistics.task_change import relative_contrasts

Array = npt.NDArray[np.float64]
_FEWEST_RUNS = 2


def tasks_description_tables(evidence: Evidence) -> list[Table]:
    """Interquartile mean and probability of improvement; no table without two tasks and runs."""
    over = over_tasks(evidence)
    if over is None or len(over.on) < 2:
        return []
    scores = _scores(evidence, over)
    if _runs(scores) < _FEWEST_RUNS:
        return []
    level = f"[{evidence.confidence:.0%}]"
    columns = (
        Column("arm", "Arm", "left"),
        Column("iqm", f"Interquartile mean {level}"),
        Column("improvement", f"P(better run than the reference's) {level}"),
    )
    rows = tuple(_row(evidence, over, arm, scores) for arm in over.arms)
    notes = _notes(evidence, scores)
    near_zero = _near_zero(evidence, over)
    if near_zero:
        no_mean = Cell(numbers.MISSING, {"": None})
        rows = tuple((name, no_mean, improvement) for name, _, improvement in rows)
        why = f"the mean of {over.arms[0]} may be 0 on {', '.join(near_zero)}"
        text = f"No interquartile mean: {why}, so that scores cannot be divided by it"
        notes = (Note("", text), *notes[1:])
    title = f"{over.metric} over {len(over.on)} tasks, described"
    return [Table("tasks_description", title, columns, rows, notes)]


def _runs(scores: dict[str, Array]) -> int:
    """The number of runs, which is the same for every arm."""
    of_first_arm = next(iter(scores.values()))
    return len(of_first_arm)


def _row(
    evidence: Evidence, over: OverTasks, arm: str, scores: dict[str, Array]
) -> tuple[Cell, ...]:
    """The row of one arm: name, interquartile mean, probability of improvement."""
    middle = stratified_bootstrap(scores[arm], confidence=evidence.confidence)
    trials: set[int] = set()
    for task in over.on:
        trials.update(over.trials[task][arm])
    improvement = EMPTY
    reference = over.references[arm]
    if reference is not None:
        probability = bootstrap_of_improvement(
            scores[arm], scores[reference], over.goal, confidence=evidence.confidence
        )
        improvement = _cell(probability, over.paired_trials(arm))
    name = Cell(arm, {"": arm})
    return name, _cell(middle, tuple(sorted(trials))), improvement


def _cell(aggregate: Aggregate, trials: tuple[int, ...]) -> Cell:
    """The cell of a statistic with its bootstrap interval."""
    value, low, high = aggregate.value, aggregate.low, aggregate.high
    half = (high - low) / 2
    decimals = numbers.decimals(half) if half > 0 else 3
    shown = numbers.plain(value, decimals)
    interval = f"[{numbers.plain(low, decimals)}, {numbers.plain(high, decimals)}]"
    values: dict[str, Value] = {"": value, "low": low, "high": high}
    return Cell(f"{shown} {interval}", values, trials)


def _scores(evidence: Evidence, over: OverTasks) -> dict[str, Array]:
    """Arm → (runs, tasks): the runs that every arm has on every task, on one scale."""
    stacked = {}
    for arm in over.arms:
        of_tasks = [over.values[task][arm] for task in over.on]
        stacked[arm] = np.column_stack(of_tasks)
    finite = [np.isfinite(values).all(axis=1) for values in stacked.values()]
    is_complete = np.all(finite, axis=0)
    scores = {arm: values[is_complete] for arm, values in stacked.items()}
    if evidence.history.spec.report.scale == "one" or not is_complete.any():
        return scores
    first_arm = over.arms[0]
    scale = np.abs(scores[first_arm].mean(axis=0))
    scale[scale == 0] = 1.0
    return {arm: values / scale for arm, values in scores.items()}


def _near_zero(evidence: Evidence, over: OverTasks) -> list[str]:
    """Tasks whose scores would be divided by a mean that may be 0."""
    if evidence.history.spec.report.scale == "one":
        return []
    near_zero = []
    for task in over.on:
        values = over.values[task][over.arms[0]]
        values = values[np.isfinite(values)]
        if len(values) < _FEWEST_RUNS:
            continue
        try:
            relative_contrasts(values, values)
        except UsageError:
            near_zero.append(task)
    return near_zero


def _notes(evidence: Evidence, scores: dict[str, Array]) -> tuple[Note, ...]:
    """The notes: what the two statistics are, and what their intervals are worth."""
    first_arm = next(iter(scores))
    scale = ""
    if evidence.history.spec.report.scale == "each":
        scale = f"; scores are in units of the mean of {first_arm} on their task"
    middle = f"Interquartile mean: of the middle half of all {_runs(scores)} runs × tasks{scale}"
    improvement = (
        "P(better): share of pairs of runs that the arm wins, a tie counting as half; mean over"
        " tasks"
    )
    limits = (
        "Intervals: bootstrap of the runs within each task. They are descriptive, too short with "
        "few runs, and support no verdict (Agarwal et al. 2021)"
    )
    texts = (middle, improvement, limits)
    return tuple(Note("", text) for text in texts)
