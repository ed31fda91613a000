"""The rows that a reader returns, one for each run or epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from sweep.model.trial import Goal

RUN = "run"
"""Column that distinguishes runs, if a source has one."""
EPOCH = "epoch"
STATE = "state"
"""Column with `complete`, `pruned` or `failed`, as the source says."""
SECONDS = "seconds"
"""Column with the duration of the run, or of the epoch."""


@dataclass(frozen=True)
class Table:
    """What a reader returns.

    Attributes:
        rows: one row for each run or epoch.
        parameters: columns that the source calls settings.
        metrics: columns that the source calls results.
        notes: sentences about what was left out.
        goals: metric → its goal, if the source states it.
        counts_steps: the column `epoch` counts steps; an epoch may have many.
    """

    rows: pd.DataFrame
    parameters: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    goals: Mapping[str, Goal] = field(default_factory=dict)
    counts_steps: bool = False


def joined(tables: list[Table]) -> Table:
    """The rows of several files as one table; a column that a file lacks is empty in its rows."""
    rows = pd.concat([table.rows for table in tables], ignore_index=True)
    parameters = dict.fromkeys(name for table in tables for name in table.parameters)
    metrics = dict.fromkeys(name for table in tables for name in table.metrics)
    notes = dict.fromkeys(note for table in tables for note in table.notes)
    goals = agreed(table.goals for table in tables)
    counts_steps = any(table.counts_steps for table in tables)
    return Table(
        rows, tuple(parameters), tuple(metrics), tuple(notes), goals, counts_steps
    )


def agreed(stated: Iterable[Mapping[str, Goal]]) -> dict[str, Goal]:
    """The goals on which all sources that state one agree."""
    by_metric: dict[str, set[Goal]] = {}
    for goals in stated:
        for metric, goal in goals.items():
            by_metric.setdefault(metric, set()).add(goal)
    agreed_goals: dict[str, Goal] = {}
    for metric, metric_goals in by_metric.items():
        if len(metric_goals) == 1:
            agreed_goals[metric] = metric_goals.pop()
    return agreed_goals


def number_or_text(text: str) -> int | float | str:
    """The value of a setting that its source stores as text: a number if the text is one."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
