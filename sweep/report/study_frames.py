"""What `sweep.load(…)` gives as frames: trials with their results, arms, and the whole search.

Unlike the tables of a report they hold every state and judge nothing: the value of a pruned trial
is in a row that says `pruned`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from sweep.history.history import History, Remarks
from sweep.model.trial import State, Trial
from sweep.report.frames import (
    metric_names,
    results_frame,
    selected_report,
    trials_frame,
)
from sweep.report.searched import searched
from sweep.search import population

_NO_REMARKS = Remarks()


def trials(history: History) -> pd.DataFrame:
    """One row a trial of any state, as `trials_frame`, with its results.

    Further columns: `selected` (Int64, the epoch whose metrics count, counted from 1: the best by
    the study's metric or `report.select_by`, or the last), one float column a metric at that epoch,
    `tags` and `notes`. Parameters (`config.<name>`) have the type of their values: int64 or Int64
    where some trials have none, float64, boolean, string; object where they are of several types.
    """
    frame = trials_frame(history)
    for column in frame.columns:
        if column.startswith("config."):
            frame[column] = typed(list(frame[column]))
    every = list(history.trials.values())
    reports = [selected_report(history, trial) for trial in every]
    epochs = [
        None if report is None else trial.epochs_done(report.epoch)
        for trial, report in zip(every, reports, strict=True)
    ]
    frame["selected"] = pd.array(epochs, dtype="Int64")
    for name in metric_names(history):
        values = [
            None if report is None else report.metrics.get(name) for report in reports
        ]
        frame[name if name not in frame else f"metric.{name}"] = pd.Series(
            values, dtype="float64"
        )
    remarks = [history.remarks.get(trial.number, _NO_REMARKS) for trial in every]
    frame["tags"] = pd.Series(
        [", ".join(each.tags) for each in remarks], dtype="string"
    )
    notes = [" | ".join(text for _, text in each.notes) for each in remarks]
    frame["notes"] = pd.Series(notes, dtype="string")
    return frame


def arms(history: History) -> pd.DataFrame:
    """One row an arm of the ablation, in the order they were decided on.

    Columns: `arm`, `design`, `reference`, `planned` (runs: seeds times folds), a column a state of
    a trial with its number of runs, `missing` (not created), `config.<name>`, then one column a
    metric: its mean over the arm's complete runs, as the ablation table has it.
    """
    results = results_frame(history)
    names = list(metric_names(history, stage="ablation"))
    rows = []
    for arm in history.arms:
        runs = results[results["arm"] == arm.name]
        counts = runs["state"].value_counts()
        row: dict[str, Any] = {
            "arm": arm.name,
            "design": arm.design,
            "reference": arm.reference,
            "planned": len(runs),
        }
        row |= {state.value: int(counts.get(state.value, 0)) for state in State}
        row["missing"] = int(counts.get("missing", 0))
        row |= {f"config.{name}": value for name, value in arm.config.items()}
        row |= dict(runs.loc[runs["state"] == State.COMPLETE.value, names].mean())
        rows.append(row)
    frame = pd.DataFrame(rows)
    for column in frame.columns:
        if column.startswith("config.") or column in ("arm", "design", "reference"):
            frame[column] = typed([row.get(column) for row in rows])
    return frame


def search(history: History) -> pd.DataFrame:
    """One row a configuration that the search tried, of any state; ranked ones first.

    Columns: `rank` (Int64, NA unless all its trials are complete), `trials` (their numbers),
    `state`, `reason`, the study's metric (mean over the trials; NaN unless ranked), `epochs`,
    `seconds`, `config.<name>`.
    """
    metric = history.spec.metric
    tried = searched(history)
    ranked = [each for each in tried if each.value is not None]
    ranked.sort(key=lambda each: each.value or 0.0, reverse=metric.goal == "maximize")
    rest = [each for each in tried if each.value is None]
    rows: list[dict[str, Any]] = []
    for place, each in enumerate([*ranked, *rest], start=1):
        row: dict[str, Any] = {
            "rank": place if each.value is not None else None,
            "trials": " ".join(str(trial.number) for trial in each.trials),
            "state": each.state.value,
            "reason": "; ".join(dict.fromkeys(filter(None, map(_reason, each.trials)))),
            metric.name: each.value,
            "epochs": sum(trial.epochs_trained for trial in each.trials),
            "seconds": sum(trial.seconds for trial in each.trials),
        }
        config = population.as_trained(history.spec, each.trials[0])
        rows.append(row | {f"config.{name}": value for name, value in config.items()})
    columns = list(dict.fromkeys(name for row in rows for name in row))
    typed_columns = {name: typed([row.get(name) for row in rows]) for name in columns}
    frame = pd.DataFrame(typed_columns)
    if rows:
        frame["rank"] = frame["rank"].astype("Int64")
        frame[metric.name] = frame[metric.name].astype("float64")
    return frame


def typed(values: Sequence[Any]) -> pd.Series[Any]:
    """Values as a column of their own type; None and what a trial does not have is missing."""
    kinds = {type(value) for value in values if value is not None}
    is_whole = None not in values
    if kinds == {int}:
        return pd.Series(values, dtype="int64" if is_whole else "Int64")
    if kinds and kinds <= {int, float}:
        return pd.Series(values, dtype="float64")
    if kinds == {bool}:
        return pd.Series(values, dtype="bool" if is_whole else "boolean")
    if kinds == {str}:
        return pd.Series(values, dtype="string")
    return pd.Series(values, dtype=object)


def _reason(trial: Trial) -> str:
    return trial.reason or trial.given_up or ""
