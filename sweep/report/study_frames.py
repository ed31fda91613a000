"""The data frames of `sweep.load(…)`: trials with their results, arms, and the whole search.

Unlike the tables of a report they include every state, without judging it: the value of a pruned
trial is in a row whose state is `pruned`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from sweep.report.searched import Searched, searched
from sweep.search import population

_NO_REMARKS = Remarks()


def trials(history: History) -> pd.DataFrame:
    """One row per trial in any state: the columns of `trials_frame`, and its results.

    Further columns: `selected` (Int64, the epoch whose metrics count, counted from 1: the best by
    the study's metric or `report.select_by`, or the last), one float column per metric with its
    value at that epoch, `tags` and `notes`. Parameters (`config.<name>`) have the type of their
    values: int64 (Int64 where some trials lack it), float64, boolean, string; object where values
    have several types.
    """
    frame = trials_frame(history)
    for column in frame.columns:
        if column.startswith("config."):
            frame[column] = typed(list(frame[column]))
    all_trials = list(history.trials.values())
    epochs: list[int | None] = []
    selected: list[Mapping[str, float | None]] = []
    for trial in all_trials:
        report = selected_report(history, trial)
        epochs.append(None if report is None else trial.epochs_done(report.epoch))
        selected.append({} if report is None else report.metrics)
    frame["selected"] = pd.array(epochs, dtype="Int64")
    for name in metric_names(history):
        values = [metrics.get(name) for metrics in selected]
        column = name if name not in frame else f"metric.{name}"
        frame[column] = pd.Series(values, dtype="float64")
    remarks = [history.remarks.get(trial.number, _NO_REMARKS) for trial in all_trials]
    tags = [", ".join(remark.tags) for remark in remarks]
    notes = [" | ".join(text for _, text in remark.notes) for remark in remarks]
    frame["tags"] = pd.Series(tags, dtype="string")
    frame["notes"] = pd.Series(notes, dtype="string")
    return frame


def arms(history: History) -> pd.DataFrame:
    """One row per arm of the ablation, in the order they were added.

    Columns: `arm`, `design`, `reference`, `planned` (runs: seeds times folds), the number of runs
    in each trial state, `missing` (runs not created), `config.<name>`, then one column per metric:
    its mean over the arm's complete runs, as in the ablation table.
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
    """One row per configuration that the search tried, in any state; ranked ones first.

    Columns: `rank` (Int64, NA unless all its trials are complete), `trials` (their numbers),
    `state`, `reason`, the study's metric (mean over the trials; NaN unless ranked), `epochs`,
    `seconds`, `config.<name>`.
    """
    metric = history.spec.metric
    tried = searched(history)
    ranked = [entry for entry in tried if entry.value is not None]
    ranked.sort(key=_value, reverse=metric.goal == "maximize")
    unranked = [entry for entry in tried if entry.value is None]
    rows = [_row(history, entry, rank) for rank, entry in enumerate(ranked, 1)]
    rows += [_row(history, entry, None) for entry in unranked]
    columns: dict[str, None] = {}
    for row in rows:
        columns |= dict.fromkeys(row)
    typed_columns = {name: typed([row.get(name) for row in rows]) for name in columns}
    frame = pd.DataFrame(typed_columns)
    if rows:
        frame["rank"] = frame["rank"].astype("Int64")
        frame[metric.name] = frame[metric.name].astype("float64")
    return frame


def _value(configuration: Searched) -> float:
    return configuration.value or 0.0


def _row(history: History, configuration: Searched, rank: int | None) -> dict[str, Any]:
    trials_of = configuration.trials
    reasons = dict.fromkeys(filter(None, map(_reason, trials_of)))
    row: dict[str, Any] = {
        "rank": rank,
        "trials": " ".join(str(trial.number) for trial in trials_of),
        "state": configuration.state.value,
        "reason": "; ".join(reasons),
        history.spec.metric.name: configuration.value,
        "epochs": sum(trial.epochs_trained for trial in trials_of),
        "seconds": sum(trial.seconds for trial in trials_of),
    }
    config = population.as_trained(history.spec, trials_of[0])
    for name, value in config.items():
        row[f"config.{name}"] = value
    return row


def typed(values: Sequence[Any]) -> pd.Series[Any]:
    """Values as a column of their own type; None becomes a missing value."""
    kinds = {type(value) for value in values if value is not None}
    is_complete = None not in values
    if kinds == {int}:
        return pd.Series(values, dtype="int64" if is_complete else "Int64")
    if kinds and kinds <= {int, float}:
        return pd.Series(values, dtype="float64")
    if kinds == {bool}:
        return pd.Series(values, dtype="bool" if is_complete else "boolean")
    if kinds == {str}:
        return pd.Series(values, dtype="string")
    return pd.Series(values, dtype=object)


def _reason(trial: Trial) -> str:
    return trial.reason or trial.given_up or ""
