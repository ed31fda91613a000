"""The data frames of `sweep.load(…)`: trials with their results, arms, and the whole search.

Unlike the tables of a report they include every state, without judging it: the value of a pruned
trial is in a row whose state is `pruned`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sweep.history.history import History, Remarks
from sweep.model.arm import Arm
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
    _add_results(frame, history)
    _add_remarks(frame, history)
    return frame


def _add_results(frame: pd.DataFrame, history: History) -> None:
    """Add the selected epoch of each trial, and its metrics at that epoch."""
    epochs: list[int | None] = []
    results: list[Mapping[str, float | None]] = []
    for trial in history.trials.values():
        report = selected_report(history, trial)
        if report is None:
            epochs.append(None)
            results.append({})
        else:
            epochs.append(trial.epochs_done(report.epoch))
            results.append(report.metrics)
    frame["selected"] = pd.array(epochs, dtype="Int64")
    for name in metric_names(history):
        values = [metrics.get(name) for metrics in results]
        column = name if name not in frame else f"metric.{name}"
        frame[column] = pd.Series(values, dtype="float64")


def _add_remarks(frame: pd.DataFrame, history: History) -> None:
    """Add the tags and the notes of each trial, as one text each."""
    tags: list[str] = []
    notes: list[str] = []
    for number in history.trials:
        remarks = history.remarks.get(number, _NO_REMARKS)
        texts = [text for _, text in remarks.notes]
        tags.append(", ".join(remarks.tags))
        notes.append(" | ".join(texts))
    frame["tags"] = pd.Series(tags, dtype="string")
    frame["notes"] = pd.Series(notes, dtype="string")


def arms(history: History) -> pd.DataFrame:
    """One row per arm of the ablation, in the order they were added.

    Columns: `arm`, `design`, `reference`, `planned` (runs: seeds times folds), the number of runs
    in each trial state, `missing` (runs not created), `config.<name>`, then one column per metric:
    its mean over the arm's complete runs, as in the ablation table.
    """
    results = results_frame(history)
    metrics = list(metric_names(history, stage="ablation"))
    rows = []
    for arm in history.arms:
        runs = results[results["arm"] == arm.name]
        rows.append(_arm_row(arm, runs, metrics))
    frame = pd.DataFrame(rows)
    for column in frame.columns:
        is_config = column.startswith("config.")
        if is_config or column in ("arm", "design", "reference"):
            values = [row.get(column) for row in rows]
            frame[column] = typed(values)
    return frame


def _arm_row(arm: Arm, runs: pd.DataFrame, metrics: list[str]) -> dict[str, Any]:
    """The row of one arm.

    Args:
        arm: of the ablation.
        runs: its rows of the results frame, in any state.
        metrics: names of the metrics that get a mean.
    """
    row: dict[str, Any] = {
        "arm": arm.name,
        "design": arm.design,
        "reference": arm.reference,
        "planned": len(runs),
    }
    counts = runs["state"].value_counts()
    for state in State:
        row[state.value] = int(counts.get(state.value, 0))
    row["missing"] = int(counts.get("missing", 0))
    for name, value in arm.config.items():
        row[f"config.{name}"] = value
    is_complete = runs["state"] == State.COMPLETE.value
    means = runs.loc[is_complete, metrics].mean()
    row.update(dict(means))
    return row


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
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        columns[name] = typed(values)
    frame = pd.DataFrame(columns)
    if rows:
        frame["rank"] = frame["rank"].astype("Int64")
        frame[metric.name] = frame[metric.name].astype("float64")
    return frame


def _value(configuration: Searched) -> float:
    """The value by which a configuration is ranked; 0 without one."""
    return configuration.value or 0.0


def _row(history: History, configuration: Searched, rank: int | None) -> dict[str, Any]:
    """The row of one configuration; `rank` is None if a trial of it is not complete."""
    own_trials = configuration.trials
    numbers = [str(trial.number) for trial in own_trials]
    reasons = filter(None, map(_reason, own_trials))
    row: dict[str, Any] = {
        "rank": rank,
        "trials": " ".join(numbers),
        "state": configuration.state.value,
        "reason": "; ".join(dict.fromkeys(reasons)),
        history.spec.metric.name: configuration.value,
        "epochs": sum(trial.epochs_trained for trial in own_trials),
        "seconds": sum(trial.seconds for trial in own_trials),
    }
    config = population.as_trained(history.spec, own_trials[0])
    for name, value in config.items():
        row[f"config.{name}"] = value
    return row


def typed(values: Sequence[Any]) -> pd.Series[Any]:
    """Values as a column of their own type; None becomes a missing value."""
    types = {type(value) for value in values if value is not None}
    is_complete = None not in values
    if types == {int}:
        return pd.Series(values, dtype="int64" if is_complete else "Int64")
    if types and types <= {int, float}:
        return pd.Series(values, dtype="float64")
    if types == {bool}:
        return pd.Series(values, dtype="bool" if is_complete else "boolean")
    if types == {str}:
        return pd.Series(values, dtype="string")
    return pd.Series(values, dtype=object)


def _reason(trial: Trial) -> str:
    """Why a trial ended as it did, or why it was given up; "" for neither."""
    return trial.reason or trial.given_up or ""
