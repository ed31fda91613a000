"""The history as pandas frames, each built once and read by every table and figure.

- `trials_frame`: one row per trial.
- `epochs_frame`: one row per trial and epoch.
- `results_frame`: one row per arm, seed and fold that the study asks for, with or without a trial.

Frames hold what the log says, without judging it. `sweep.report.evidence` decides which rows may
be averaged.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from sweep.ablation import looks
from sweep.history.history import History
from sweep.model.reports import Epochs, epoch_numbers
from sweep.model.trial import Report, State, Trial, configuration_key
from sweep.search import population

MISSING = "missing"  # the state of a row of `results_frame` without a trial


def trials_frame(history: History) -> pd.DataFrame:
    """One row per trial, in order.

    Columns: `trial`, `stage`, `label`, `seed`, `fold` (Int64, NA without cross-validation),
    `state`, `reason`, `epochs` (trained), `budget` (epochs it was to run, Int64, NA if its
    configuration does not say), `attempts`, `seconds`, then `config.<parameter>` for every
    parameter that any trial has (None where inactive; of a population's member that copied another
    one the values by epoch that its weights were trained with).
    """
    trials = list(history.trials.values())
    columns: dict[str, object] = {
        "trial": np.array([t.number for t in trials], dtype=np.int64),
        "stage": [t.stage for t in trials],
        "label": [t.label for t in trials],
        "seed": np.array([t.seed for t in trials], dtype=np.int64),
        "fold": pd.array([t.fold for t in trials], dtype="Int64"),
        "state": [t.state.value for t in trials],
        "reason": [t.reason for t in trials],
        "epochs": np.array([t.epochs_trained for t in trials], dtype=np.int64),
        "budget": pd.array([t.budget for t in trials], dtype="Int64"),
        "attempts": np.array([t.attempts for t in trials], dtype=np.int64),
        "seconds": np.array([t.seconds for t in trials], dtype=np.float64),
    }
    configs = [population.as_trained(history.spec, trial) for trial in trials]
    parameters: dict[str, None] = {}
    for config in configs:
        parameters |= dict.fromkeys(config)
    for name in parameters:
        values = [config.get(name) for config in configs]
        columns[f"config.{name}"] = pd.Series(values, dtype=object)
    return pd.DataFrame(columns)


def epochs_frame(
    history: History,
    metrics: Sequence[str] | None = None,
    trials: Iterable[int] | None = None,
) -> pd.DataFrame:
    """One row per trial and epoch, in order.

    Columns: `trial`, `epoch` (counted from 1), `seconds`, then one float column per
    metric (NaN where it was not reported or not finite).

    Args:
        history: the study.
        metrics: by default all. A study of 10 000 trials has a million rows, so name the metrics
            that you need.
        trials: numbers of the trials to include, by default all.
    """
    chosen = list(history.trials.values())
    if trials is not None:
        chosen = [history.trials[number] for number in trials]
    reports = [trial.reports for trial in chosen]
    names = metric_names(history) if metrics is None else metrics
    columns: dict[str, object] = {
        "trial": np.repeat(
            np.array([t.number for t in chosen], dtype=np.int64),
            [len(r) for r in reports] or 0,
        ),
        "epoch": _joined(map(_epochs, chosen)).astype(np.int64),
        "seconds": _joined(map(_seconds, reports)),
    }
    for name in names:
        columns[name] = _joined(_column(r, name) for r in reports)
    return pd.DataFrame(columns)


def _joined(parts: Iterable[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """Arrays one after another; an empty array without any."""
    return np.concatenate([np.empty(0), *parts])


def _epochs(trial: Trial) -> npt.NDArray[np.float64]:
    """Epochs trained at each report; exact as floats, as nobody trains for 2^53 epochs."""
    numbers = epoch_numbers(trial.reports)
    return np.asarray(numbers, dtype=np.float64) + (1 - trial.first_epoch)


def _seconds(reports: Sequence[Report]) -> npt.NDArray[np.float64]:
    """The seconds of every report."""
    if isinstance(reports, Epochs):
        return np.asarray(reports.seconds)
    return np.fromiter((report.seconds for report in reports), np.float64, len(reports))


def _column(reports: Sequence[Report], metric: str) -> npt.NDArray[np.float64]:
    """A metric of every report, NaN where it was not finite or not reported."""
    count = len(reports)
    if isinstance(reports, Epochs):
        column = reports.column(metric)
        if column is None:
            return np.full(count, math.nan)
        return np.asarray(column)
    values = (_value(report, metric) for report in reports)
    return np.fromiter(values, np.float64, count)


def curve_matrix(
    history: History, metric: str, trials: Sequence[int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """A metric of some trials as a matrix.

    Returns:
        The epochs (n,) that any of the trials reported, counted from 1 and ascending, and the
        values (trials, n), NaN where a trial has no value at an epoch.
    """
    chosen = [history.trials[number] for number in trials]
    epochs_of = [_epochs(trial).astype(np.int64) for trial in chosen]
    epochs = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *epochs_of]))
    values = np.full((len(chosen), len(epochs)), math.nan)
    for row, (trial, reported) in enumerate(zip(chosen, epochs_of, strict=True)):
        values[row, np.searchsorted(epochs, reported)] = _column(trial.reports, metric)
    return epochs, values


def results_frame(
    history: History, metrics: Sequence[str] | None = None
) -> pd.DataFrame:
    """One row per arm, seed and fold of the ablation, arms in the order they were added.

    Columns: `arm`, `design`, `reference` (NaN for the baseline), `seed`, `fold` (Int64), `trial`
    (Int64, NA where there is none), `state` (as in `State`, or `missing`), `reason`, `epochs`,
    `budget` (Int64), `selected` (Int64: the epoch that `spec.report.select` selects by the study's
    own metric, whatever metric is shown), `last` (Int64: the last epoch; both counted from 1),
    `attempts`, `seconds`, then one float column per metric: its value at the selected epoch.

    Arms with the same configuration share their trials, which then appear once for each arm. Trials
    in every state have metric values, so a pruned trial has one too; it must not be averaged.
    """
    ablation = history.spec.ablation
    if ablation is None:
        return pd.DataFrame(columns=[*_RESULT_COLUMNS, *(metrics or ())])
    folds: Sequence[int | None] = (
        (None,) if ablation.folds is None else range(ablation.folds)
    )
    names = metric_names(history, stage="ablation") if metrics is None else metrics
    rows: list[dict[str, object]] = []
    for arm in history.arms:
        key = configuration_key(arm.config)
        for seed in looks.seeds(history, arm):
            for fold in folds:
                trial = history.find(key, seed, fold)
                row: dict[str, object] = {
                    "arm": arm.name,
                    "design": arm.design,
                    "reference": arm.reference,
                    "seed": seed,
                    "fold": fold,
                }
                rows.append(row | _outcome(history, trial, names))
    frame = pd.DataFrame(rows, columns=[*_RESULT_COLUMNS, *names])
    integers = ("fold", "trial", "budget", "selected", "last")
    return frame.astype(
        dict.fromkeys(integers, "Int64") | dict.fromkeys(names, "float64")
    )


def metric_names(history: History, stage: str | None = None) -> tuple[str, ...]:
    """Every metric that any trial (of one stage) reported, in order of first appearance.

    For a trial that has not ended, only its first and last reports are read: trainers report the
    same names every epoch, and a few names once at the end.
    """
    trials = history.trials.values() if stage is None else history.stage(stage)
    names: dict[str, None] = {}
    for trial in trials:
        names |= dict.fromkeys(_names(trial.reports))
    return tuple(names)


def _names(reports: Sequence[Report]) -> Iterable[str]:
    """The metrics of the first and the last report, or of all reports where that is cheap."""
    if isinstance(reports, Epochs):
        return reports.names
    first_and_last = (*reports[:1], *reports[-1:])
    return itertools.chain.from_iterable(report.metrics for report in first_and_last)


def selected_report(history: History, trial: Trial) -> Report | None:
    """The report whose metrics count for a trial, as `report.select` says.

    It is the best by the study's metric or by `report.select_by`, or the last. None without any
    finite value of that metric.
    """
    return history.spec.selected(trial)


_RESULT_COLUMNS = (
    "arm",
    "design",
    "reference",
    "seed",
    "fold",
    "trial",
    "state",
    "reason",
    "epochs",
    "budget",
    "selected",
    "last",
    "attempts",
    "seconds",
)


def _outcome(
    history: History, trial: Trial | None, names: Sequence[str]
) -> dict[str, object]:
    """The columns of a row that depend on its trial.

    Args:
        history: of the study.
        trial: None if the run has none.
        names: of the metrics.
    """
    if trial is None:
        return {
            "state": MISSING,
            "reason": "",
            "epochs": 0,
            "attempts": 0,
            "seconds": 0.0,
        }
    report = selected_report(history, trial)
    outcome: dict[str, object] = {
        "trial": trial.number,
        "state": State(trial.state).value,
        "reason": trial.reason,
        "epochs": trial.epochs_trained,
        "budget": trial.budget,
        "selected": None if report is None else trial.epochs_done(report.epoch),
        "last": trial.epochs_done(trial.reports[-1].epoch) if trial.reports else None,
        "attempts": trial.attempts,
        "seconds": trial.seconds,
    }
    if report is None:
        return outcome
    return outcome | {name: _value(report, name) for name in names}


def _value(report: Report, metric: str) -> float:
    """A metric of a report; NaN where it was not finite or not reported."""
    value = report.metrics.get(metric)
    return math.nan if value is None else value
