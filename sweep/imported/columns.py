"""Which column of a table is what: as the user says, or guessed from names and values."""

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

# The names that people give such columns, the most telling first.
_ARMS = (
    "arm", "method", "variant", "model", "algorithm", "approach", "system", "config",
    "configuration", "experiment", "group", "name",
)  # fmt: skip
_TELLING_ARMS = ("arm", "variant", "method")  # also where it is one setting of several
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
    """Names of columns; None and `()`: to be guessed, and None where there is none.

    Attributes:
        arm: what is compared.
        seed, fold, epoch: of a run; `epoch` only where a row is an epoch.
        task: data set or setting that every arm was run on.
        metrics: results; the first is the study's metric.
        parameters: settings that tables show beside the arm.
        run: what tells runs apart beyond arm, seed and fold.
    """

    arm: str | None = None
    seed: str | None = None
    fold: str | None = None
    task: str | None = None
    epoch: str | None = None
    metrics: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    run: str | None = None

    def text(self) -> str:
        """`arm: method · seed: seed · metric: acc, f1`."""
        parts = [
            f"{kind}: {name}"
            for kind, name in (
                ("arm", self.arm or "by its settings"),
                ("task", self.task),
                ("seed", self.seed or "not stated"),
                ("fold", self.fold),
                ("epoch", self.epoch),
            )
            if name is not None
        ]
        return " · ".join([*parts, f"metric: {', '.join(self.metrics)}"])


def complete(given: Columns, table: Table) -> Columns:
    """The columns as given, what is open guessed.

    Raises:
        UsageError: a named column is not there, or no column can be a metric.
    """
    rows = table.rows
    _check_names(given, rows)
    found = given
    if found.seed is None:
        found = replace(found, seed=first_of(_SEEDS, rows.columns))
    if found.fold is None:
        found = replace(found, fold=first_of(_FOLDS, rows.columns))
    if found.arm is None:
        found = replace(found, arm=_arm(found, table))
    if found.epoch is None:
        found = replace(found, epoch=first_of(EPOCHS, rows.columns))
    if found.run is None and RUN in rows.columns:
        found = replace(found, run=RUN)
    if not found.metrics:
        found = replace(found, metrics=_metrics(found, table))
    if not found.metrics:
        _refuse_means(rows)
        raise UsageError(
            f"no column can be a metric; {one_of(map(str, rows.columns))}: name one with --metric"
        )
    if not found.parameters:
        found = replace(found, parameters=_parameters(found, table))
    return found


def goal(metric: str) -> Goal:
    """`minimize` for what is called a loss, an error or a time, else `maximize`."""
    words = (
        metric.lower().replace("/", "_").replace("-", "_").replace(".", "_").split("_")
    )
    smaller = any(word in _SMALLER_IS_BETTER for word in words)
    return "minimize" if smaller else "maximize"


def _check_names(given: Columns, rows: pd.DataFrame) -> None:
    named = [given.arm, given.seed, given.fold, given.task, given.epoch, given.run]
    for name in [*named, *given.metrics, *given.parameters]:
        if name is not None and name not in rows.columns:
            raise UsageError(
                f"there is no column {name!r}; {one_of(map(str, rows.columns), name)}"
            )
    for metric in given.metrics:
        if not types.is_numeric_dtype(rows[metric]):
            raise UsageError(_not_numeric(metric, rows[metric]))


def _refuse_means(rows: pd.DataFrame) -> None:
    """Say of a column of `0.81 ± 0.01` why it is no result of a run."""
    for name in rows.select_dtypes(exclude="number").columns:
        present = rows[name].dropna().map(str)
        if len(present) and present.str.contains("±|\\+/-", regex=True).all():
            raise UsageError(
                f"{name} holds means with their deviations, such as {present.iloc[0]!r}: runs are "
                "imported, one a row, not what was made of them"
            )


def _not_numeric(metric: str, values: pd.Series[Any]) -> str:
    """Which row's value is no number, of those that should be."""
    present = values.dropna()
    wrong = present[pd.to_numeric(present, errors="coerce").isna()]
    if wrong.empty:
        return f"the metric {metric!r} is not numeric, e.g. {present.iloc[:1].tolist()}"
    row, value = list(values.index).index(wrong.index[0]) + 1, wrong.iloc[0]
    more = (
        f" ({len(wrong)} of {len(present)} values are none)" if len(wrong) > 1 else ""
    )
    return f"the metric {metric!r} is not numeric: row {row} has {value!r}{more}"


def first_of(names: Sequence[str], columns: Iterable[object]) -> str | None:
    """The column that has the first of these names, in any case."""
    by_name = {str(column).lower(): str(column) for column in columns}
    return next((by_name[name] for name in names if name in by_name), None)


def _arm(found: Columns, table: Table) -> str | None:
    """A column of an arm's usual name; a run's own name is none where every run has another."""
    rows = table.rows
    taken = {found.seed, found.fold, found.task, *found.metrics, *table.metrics}
    for name in _ARMS:
        column = first_of((name,), rows.columns)
        if column is None or column in taken:
            continue
        if name == _ARMS[0] or (name in _TELLING_ARMS and found.seed is not None):
            return column
        one_of_several = column in table.parameters and len(table.parameters) > 1
        if one_of_several and name not in _TELLING_ARMS:
            continue
        if rows[column].nunique() < len(rows) or found.seed is None:
            runs = rows[RUN].nunique() if RUN in rows.columns else len(rows)
            if runs == 1 or rows[column].nunique() < runs:
                return column
    return None


def _metrics(found: Columns, table: Table) -> tuple[str, ...]:
    rows = table.rows
    candidates = table.metrics or tuple(map(str, rows.columns))
    taken = {
        *(found.arm, found.seed, found.fold, found.task, found.epoch, found.run),
        *found.parameters,
        *table.parameters,
    }
    metrics = []
    for name in candidates:
        if name in taken or name.lower() in _BOOKKEEPING:
            continue
        column = rows[name]
        numeric = types.is_numeric_dtype(column) and not types.is_bool_dtype(column)
        if not numeric or not (table.metrics or types.is_float_dtype(column)):
            continue
        if table.metrics or not _is_setting(rows, name, found.arm):
            metrics.append(name)
    if not metrics:
        # Every run has the same result: only its name tells it from a setting.
        metrics = [
            name for name in candidates if name not in taken and _is_result(name)
        ]
        metrics = [name for name in metrics if types.is_float_dtype(rows[name])]
    return tuple(sorted(metrics, key=lambda name: _runs_without(rows, name)))


def _is_result(name: str) -> bool:
    words = set(re.split(r"[/_.\s-]+", name.lower()))
    return bool(words & {*_RESULTS, *_SMALLER_IS_BETTER})


def _runs_without(rows: pd.DataFrame, metric: str) -> int:
    """How many runs hold no value of a metric: what all hold is compared first."""
    if RUN not in rows.columns:
        return 0
    holds = rows[metric].notna().groupby(rows[RUN]).any()
    return int((~holds).sum())


def _is_setting(rows: pd.DataFrame, name: str, arm: str | None) -> bool:
    """Whether all runs of an arm have the same number, as they have of what they were set to."""
    if arm is None or len(rows) == rows[arm].nunique():
        return False
    return int(rows.groupby(arm, dropna=False)[name].nunique(dropna=False).max()) == 1


def _parameters(found: Columns, table: Table) -> tuple[str, ...]:
    taken = {
        *(found.arm, found.seed, found.fold, found.task, found.epoch, found.run),
        *found.metrics,
        *table.metrics,
    }
    candidates = table.parameters or tuple(map(str, table.rows.columns))
    kept = []
    for name in candidates:
        if name in taken or name.lower() in _BOOKKEEPING:
            continue
        is_float = types.is_float_dtype(table.rows[name])
        if table.parameters or not is_float or _is_setting(table.rows, name, found.arm):
            kept.append(name)
    return tuple(kept)
