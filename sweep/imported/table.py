"""Rows that a reader found, one a run or an epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from sweep.model.trial import Goal

RUN = "run"
"""The column that tells runs apart, where a source has one."""
EPOCH = "epoch"
STATE = "state"
"""`complete`, `pruned` or `failed`, as the source says."""
SECONDS = "seconds"
"""Of a row: how long the run, or the epoch, took."""


@dataclass(frozen=True)
class Table:
    """What a reader found.

    Attributes:
        rows: one row a run or an epoch.
        parameters: columns that the source calls settings.
        metrics: columns that the source calls results.
        notes: what was left out, in sentences.
        goals: metric → whether more or less of it is better, where the source says so.
        counts_steps: the column `epoch` counts steps, of which an epoch may have many.
    """

    rows: pd.DataFrame
    parameters: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    goals: Mapping[str, Goal] = field(default_factory=dict)
    counts_steps: bool = False


def joined(tables: list[Table]) -> Table:
    """Several files' rows as one table; columns that one file lacks are empty in its rows."""
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
    """The goals that no two sources state differently."""
    found: dict[str, set[Goal]] = {}
    for goals in stated:
        for metric, goal in goals.items():
            found.setdefault(metric, set()).add(goal)
    return {
        metric: next(iter(goals)) for metric, goals in found.items() if len(goals) == 1
    }
