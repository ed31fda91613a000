"""The roles of a table's columns (arm, seed, metric …), as given or guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from pandas.api import types

from sweep.errors import UsageError, one_of
from sweep.imported.table import EPOCH, RUN, SECONDS, STATE, Table
from sweep.model.trial import Goal

# Usual names of such columns, the most reliable first.
_ARMS = (
    "arm", "method", "variant", "model", "algorithm", "approach", "system", "config",
    "configuration", "experiment", "group", "name",
)  # fmt: skip
# Names of an arm even if the column is one of several settings.
_RELIABLE_ARMS = ("arm", "variant", "method")
_SEEDS = (
    "seed",
    "random_seed",
    "random_state",
    "rng_seed",
    "replicate",
    "rep",
    "repetition",
)
_FOLDS = ("fold", "cv_fold", "kfold", "split_id")
_TASKS = ("task", "dataset", "benchmark")
EPOCHS = (EPOCH, "_step", "step", "iteration", "training_iteration", "iter", "round")
_BOOKKEEPING = (
    RUN, STATE, SECONDS, "name", "index", "id", "run_id", "time", "timestamp", "date", "runtime",
    "duration", "step", "_step", "_runtime", "_timestamp", "global_step", "unnamed: 0",
)  # fmt: skip
_SMALLER_IS_BETTER = (
    "loss", "error", "err", "rmse", "mse", "mae", "perplexity", "ppl", "nll", "wer", "cer", "fid",
    "bpc", "bits", "regret", "brier", "ece", "time", "seconds", "latency", "params",
)  # fmt: skip


_RESULTS = (
    "acc", "accuracy", "f1", "auc", "auroc", "precision", "recall", "iou", "miou", "dice", "score",
    "bleu", "rouge", "map", "r2", "psnr", "ssim", "reward", "top1", "top5",
)  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """The names of the columns with a role.

    Before `complete`, None and `()` mean that the column is guessed; after it, that there is none.

    Attributes:
        arm: column of the arm, which the study compares.
        seed: column of a run's seed.
        fold: column of a run's fold.
        task: column of the data set or setting that every arm was run on.
        epoch: column of the epoch; only if each row is one epoch.
        metrics: columns of results; the first is the study's metric.
        parameters: columns of settings, which tables show beside the arm.
        run: column that distinguishes runs with the same arm, seed and fold.
    """

    arm: str | None = None
    seed: str | None = None
    fold: str | None = None
    task: str | None = None
    epoch: str | None = None
    metrics: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    run: str | None = None

    def of_runs(self) -> tuple[str | None, ...]:
        """Return the columns that are neither results nor settings."""
        return self.arm, self.seed, self.fold, self.task, self.epoch, self.run

    def text(self) -> str:
        """Return a text such as `arm: method · seed: seed · metric: acc, f1`."""
        names = {
            "arm": self.arm or "its settings",
            "task": self.task,
            "seed": self.seed or "not stated",
            "fold": self.fold,
            "epoch": self.epoch,
            "metric": ", ".join(self.metrics),
        }
        present = [
            f"{kind}: {name}" for kind, name in names.items() if name is not None
        ]
        return " · ".join(present)


def complete(given: Columns, table: Table) -> Columns:
    """Return the given columns, and guesses for the others.

    Raises:
        UsageError: a given column does not exist, or no column can be a metric.
    """
    rows = table.rows
    _check_names(given, rows)
    columns = given
    if columns.seed is None:
        columns = replace(columns, seed=_seed(rows.columns))
    if columns.fold is None:
        columns = replace(columns, fold=first_of(_FOLDS, rows.columns))
    if columns.arm is None:
        columns = replace(columns, arm=_arm(columns, table))
    if columns.epoch is None:
        columns = replace(columns, epoch=first_of(EPOCHS, rows.columns))
    if columns.run is None and RUN in rows.columns:
        columns = replace(columns, run=RUN)
    if not columns.metrics:
        columns = replace(columns, metrics=_metrics(columns, table))
    if not columns.metrics:
        _refuse_means(rows)
        raise UsageError(
            "no column was recognised as the metric; name it with --metric "
            f"({one_of(map(str, rows.columns))})"
        )
    if not columns.parameters:
        columns = replace(columns, parameters=_parameters(columns, table))
    return columns


def goal(metric: str) -> Goal:
    """Return `minimize` if the name has a word such as loss, error or time, else `maximize`."""
    words = set(re.split(r"[/_.-]", metric.lower()))
    return "maximize" if words.isdisjoint(_SMALLER_IS_BETTER) else "minimize"


def _check_names(given: Columns, rows: pd.DataFrame) -> None:
    """Raise `UsageError` if a given column does not exist, or a metric is not numeric."""
    for name in [*given.of_runs(), *given.metrics, *given.parameters]:
        if name is not None and name not in rows.columns:
            raise UsageError(
                f"there is no column {name!r}; {one_of(map(str, rows.columns), name)}"
            )
    for metric in given.metrics:
        if not types.is_numeric_dtype(rows[metric]):
            raise UsageError(_not_numeric(metric, rows[metric]))


def _refuse_means(rows: pd.DataFrame) -> None:
    """Raise `UsageError` for a column such as `0.81 ± 0.01`: means are not results of runs."""
    for name in rows.select_dtypes(exclude="number").columns:
        present = rows[name].dropna().map(str)
        if len(present) and present.str.contains("±|\\+/-", regex=True).all():
            raise UsageError(
                f"{name} holds means with standard deviations, such as "
                f"{present.iloc[0]!r}; sweep imports single runs. Give a file with "
                "one row for each run"
            )


def _not_numeric(metric: str, values: pd.Series[Any]) -> str:
    """Return a sentence that names the first row whose value is not a number."""
    present = values.dropna()
    wrong = present[pd.to_numeric(present, errors="coerce").isna()]
    if wrong.empty:
        return f"the metric {metric!r} is not numeric, e.g. {present.iloc[:1].tolist()}"
    row = list(values.index).index(wrong.index[0]) + 1
    message = f"the metric {metric!r} is not numeric: row {row} has {wrong.iloc[0]!r}"
    if len(wrong) > 1:
        message += f" ({len(wrong)} of {len(present)} values are not numbers)"
    return message


def first_of(names: Sequence[str], columns: Iterable[object]) -> str | None:
    """Return the column with the first of these names, ignoring case, or None."""
    by_name = {str(column).lower(): str(column) for column in columns}
    for name in names:
        if name in by_name:
            return by_name[name]
    return None


def _seed(columns: Iterable[object]) -> str | None:
    """The column of seeds by its usual names, else the only column such as `run_seed`."""
    names = [str(column) for column in columns]
    usual = first_of(_SEEDS, names)
    if usual is not None:
        return usual
    ending = [name for name in names if name.lower().endswith(("_seed", ".seed"))]
    return ending[0] if len(ending) == 1 else None


def _arm(columns: Columns, table: Table) -> str | None:
    """Return the first column with a usual name of an arm that can be one, or None."""
    rows = table.rows
    others = {columns.seed, columns.fold, columns.task}
    others |= {*columns.metrics, *table.metrics}
    for name in _ARMS:
        column = first_of((name,), rows.columns)
        if column is None or column in others:
            continue
        if _can_be_arm(column, name, columns, table):
            return column
    return None


def _can_be_arm(column: str, name: str, columns: Columns, table: Table) -> bool:
    """Return whether a column can be the arm.

    It cannot if each run has another value, as with names of runs. `name` is its usual name.
    """
    rows = table.rows
    if name == _ARMS[0] or (name in _RELIABLE_ARMS and columns.seed is not None):
        return True
    one_of_several = column in table.parameters and len(table.parameters) > 1
    if one_of_several and name not in _RELIABLE_ARMS:
        return False
    distinct = rows[column].nunique()
    if distinct == len(rows) and columns.seed is not None:
        return False
    runs = rows[RUN].nunique() if RUN in rows.columns else len(rows)
    return runs == 1 or distinct < runs


def _metrics(columns: Columns, table: Table) -> tuple[str, ...]:
    """Return the columns that can be metrics, those that every run has first."""
    rows = table.rows
    candidates = table.metrics or tuple(map(str, rows.columns))
    others = {*columns.of_runs(), *columns.parameters, *table.parameters}
    metrics = []
    for name in candidates:
        if name in others or name.lower() in _BOOKKEEPING:
            continue
        column = rows[name]
        numeric = types.is_numeric_dtype(column) and not types.is_bool_dtype(column)
        if not numeric or not (table.metrics or types.is_float_dtype(column)):
            continue
        if table.metrics or not _is_setting(rows, name, columns.arm):
            metrics.append(name)
    if not metrics:
        # All runs have equal results: only its name distinguishes a result from a setting.
        named = [name for name in candidates if name not in others and _is_result(name)]
        metrics = [name for name in named if types.is_float_dtype(rows[name])]
    return tuple(sorted(metrics, key=lambda name: _runs_without(rows, name)))


def _is_result(name: str) -> bool:
    """Return whether the name has a word such as accuracy or loss."""
    words = set(re.split(r"[/_.\s-]+", name.lower()))
    return bool(words & {*_RESULTS, *_SMALLER_IS_BETTER})


def _runs_without(rows: pd.DataFrame, metric: str) -> int:
    """Return the number of runs without a value of the metric."""
    if RUN not in rows.columns:
        return 0
    has_value = rows[metric].notna().groupby(rows[RUN]).any()
    return int((~has_value).sum())


def _is_setting(rows: pd.DataFrame, name: str, arm: str | None) -> bool:
    """Return whether a column is constant within every arm, like a setting."""
    if arm is None or len(rows) == rows[arm].nunique():
        return False
    values_per_arm = rows.groupby(arm, dropna=False)[name].nunique(dropna=False)
    return int(values_per_arm.max()) == 1


def _parameters(columns: Columns, table: Table) -> tuple[str, ...]:
    """Return the columns that are settings."""
    others = {*columns.of_runs(), *columns.metrics, *table.metrics}
    candidates = table.parameters or tuple(map(str, table.rows.columns))
    kept = []
    for name in candidates:
        if name in others or name.lower() in _BOOKKEEPING:
            continue
        is_float = types.is_float_dtype(table.rows[name])
        is_setting = table.parameters or not is_float
        if is_setting or _is_setting(table.rows, name, columns.arm):
            kept.append(name)
    return tuple(kept)
