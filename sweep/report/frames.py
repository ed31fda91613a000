"""The history as pandas frames, each built once and read by every table and figure.

- `trials_frame`: one row per trial.
- `epochs_frame`: one row per trial and epoch.
- `results_frame`: one row per arm, seed and fold that the study asks for, also where no trial
  stands behind it.

Frames hold what the log says and judge nothing; which rows may be averaged is decided by
`sweep.report.evidence`.
"""

from __future__ import annotations

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

MISSING = (
    "missing"  # the state of a row of `results_frame` that no trial was created for
)


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
    for name in dict.fromkeys(name for config in configs for name in config):
        columns[f"config.{name}"] = pd.Series(
            [config.get(name) for config in configs], dtype=object
        )
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
        metrics: which ones, default all; a study of 10 000 trials has a million rows, so name what
            you need.
        trials: numbers of the trials to include, default all.
    """
    chosen = (
        list(history.trials.values())
        if trials is None
        else [history.trials[number] for number in trials]
    )
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
    return np.concatenate([np.empty(0), *parts])


def _epochs(trial: Trial) -> npt.NDArray[np.float64]:
    """Epochs trained at each report; exact as floats, as nobody trains for 2^53 epochs."""
    numbers = epoch_numbers(trial.reports)
    return np.asarray(numbers, dtype=np.float64) + (1 - trial.first_epoch)


def _seconds(reports: Sequence[Report]) -> npt.NDArray[np.float64]:
    if isinstance(reports, Epochs):
        return np.asarray(reports.seconds)
    return np.fromiter((report.seconds for report in reports), np.float64, len(reports))


def _column(reports: Sequence[Report], metric: str) -> npt.NDArray[np.float64]:
    """A metric of every report, NaN where it was not finite or not reported."""
    if isinstance(reports, Epochs):
        column = reports.column(metric)
        return np.full(len(reports), math.nan) if column is None else np.asarray(column)
    return np.fromiter(
        (_value(report, metric) for report in reports), np.float64, len(reports)
    )


def curve_matrix(
    history: History, metric: str, trials: Sequence[int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """A metric of some trials: the epochs (n,) that any of them reported, counted from 1 and
    ascending, and its values (trials, n), NaN where an epoch has none.
    """
    chosen = [history.trials[number] for number in trials]
    own = [_epochs(trial).astype(np.int64) for trial in chosen]
    epochs = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *own]))
    values = np.full((len(own), len(epochs)), math.nan)
    for row, (trial, at) in enumerate(zip(chosen, own, strict=True)):
        values[row, np.searchsorted(epochs, at)] = _column(trial.reports, metric)
    return epochs, values


def results_frame(
    history: History, metrics: Sequence[str] | None = None
) -> pd.DataFrame:
    """One row per arm, seed and fold of the ablation, arms in the order they were decided on.

    Columns: `arm`, `design`, `reference` (NaN for the baseline), `seed`, `fold` (Int64), `trial`
    (Int64, NA where there is none), `state` (as in `State`, or `missing`), `reason`, `epochs`,
    `budget` (Int64), `selected` (Int64: the epoch that `spec.report.select` picks on the study's
    own metric, never on a reported one), `last` (Int64: its last epoch; both counted
    from 1), `attempts`, `seconds`, then one float column per metric: its value at the
    selected epoch.

    Arms that share a configuration share their trials, which then appear once for each. Metric
    values are given for every state: a pruned trial has one too, and must not be averaged in.
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

    Of a trial that has not ended its first and last reports are looked at: trainers report the same
    names every epoch, some once at the end.
    """
    trials = history.trials.values() if stage is None else history.stage(stage)
    return tuple(
        dict.fromkeys(name for trial in trials for name in _names(trial.reports))
    )


def _names(reports: Sequence[Report]) -> Iterable[str]:
    if isinstance(reports, Epochs):
        return reports.names
    return [name for report in (*reports[:1], *reports[-1:]) for name in report.metrics]


def selected_report(history: History, trial: Trial) -> Report | None:
    """The report whose metrics count for a trial: its best by the study's metric, or by
    `report.select_by`, or its last (`report.select`).

    None without any finite value of that metric.
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
    return (
        outcome
        if report is None
        else outcome | {name: _value(report, name) for name in names}
    )


def _value(report: Report, metric: str) -> float:
    value = report.metrics.get(metric)
    return math.nan if value is None else value
