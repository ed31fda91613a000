"""Rows that a reader found, one a run or an epoch."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

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
    """

    rows: pd.DataFrame
    parameters: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def joined(tables: list[Table]) -> Table:
    """Several files' rows as one table; columns that one file lacks are empty in its rows."""
    rows = pd.concat([table.rows for table in tables], ignore_index=True)
    parameters = dict.fromkeys(name for table in tables for name in table.parameters)
    metrics = dict.fromkeys(name for table in tables for name in table.metrics)
    notes = dict.fromkeys(note for table in tables for note in table.notes)
    return Table(rows, tuple(parameters), tuple(metrics), tuple(notes))
