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
    """The rows of a source, and what it says about their columns.

    Attributes:
        rows: one row for each run or epoch.
        parameters: columns that the source calls settings.
        metrics: columns that the source calls results.
        notes: sentences on what was left out or guessed.
        goals: metric → its goal, if the source states it.
        counts_steps: whether the column `epoch` counts steps, of which an epoch may have many.
        counts_runs: the column `run` numbers the runs of one file; another file begins again.
    """

    rows: pd.DataFrame
    parameters: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    goals: Mapping[str, Goal] = field(default_factory=dict)
    counts_steps: bool = False
    counts_runs: bool = False


def joined(tables: list[Table]) -> Table:
    """Return the rows of several files as one table.

    A column that a file does not have is empty in its rows.
    """
    parameters: dict[str, None] = {}  # dicts keep the order and drop repetitions
    metrics: dict[str, None] = {}
    notes: dict[str, None] = {}
    for table in tables:
        parameters |= dict.fromkeys(table.parameters)
        metrics |= dict.fromkeys(table.metrics)
        notes |= dict.fromkeys(table.notes)
    return Table(
        rows=pd.concat([table.rows for table in tables], ignore_index=True),
        parameters=tuple(parameters),
        metrics=tuple(metrics),
        notes=tuple(notes),
        goals=agreed(table.goals for table in tables),
        counts_steps=any(table.counts_steps for table in tables),
    )


def agreed(stated: Iterable[Mapping[str, Goal]]) -> dict[str, Goal]:
    """Return the goals on which all sources that state one agree."""
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
    """Return a setting that its source stores as text, as a number if the text is one."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
