"""Build runs from rows: each with its arm, seed, fold, settings and epochs."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from sweep.errors import UsageError
from sweep.imported.columns import Columns
from sweep.imported.steps import RUN_NUMBER, epochs_of_steps, once_a_run
from sweep.imported.table import SECONDS, STATE, Table
from sweep.model.reports import Report
from sweep.model.trial import State
from sweep.spec.tasks import SEPARATOR

_NO_VALUE = "not stated"


@dataclass(frozen=True)
class Run:
    """One run that was trained elsewhere.

    Attributes:
        arm: name of its arm, followed by the task if there are tasks.
        task: its task; None if the source has no tasks.
        seed: its seed, as stated or assigned.
        fold: its fold, from 0; None without folds.
        settings: values of the columns `parameters`.
        reports: one for each epoch; a single one if each row is a run.
        state: how it ended.
    """

    arm: str
    task: str | None
    seed: int
    fold: int | None
    settings: Mapping[str, Any]
    reports: tuple[Report, ...]
    state: State


@dataclass(frozen=True)
class Runs:
    """All runs of a source.

    Attributes:
        runs: in the order of the source; no two have the same arm, seed and fold.
        settings: arm → the settings that all its runs share.
        caveats: sentences that a reader of the tables must know.
    """

    runs: tuple[Run, ...]
    settings: Mapping[str, Mapping[str, Any]]
    caveats: tuple[str, ...]


def gather(table: Table, columns: Columns) -> Runs:
    """Return the runs in a table's rows.

    Raises:
        UsageError: there are no rows, or several runs cannot be distinguished.
    """
    if table.rows.empty:
        raise UsageError("there are no runs: the source has no rows")
    caveats = list(table.notes)
    rows = table.rows.copy()
    if columns.seed is not None and rows[columns.seed].isna().any():
        stated = rows[columns.seed].notna()
        caveats.append(f"{int((~stated).sum())} rows have no seed and were left out")
        rows = rows[stated].copy()
    rows["_arm"] = _arms(rows, columns)
    rows[RUN_NUMBER] = _run_of_each_row(rows, columns)
    rows["_seed"], seed_caveats = _seeds(rows, columns)
    caveats += seed_caveats
    rows["_fold"] = _numbered(rows[columns.fold]) if columns.fold else None
    caveats += _repeated_epochs(rows, columns)
    if columns.epoch is not None:
        rows, step_caveats = once_a_run(rows, columns.metrics)
        caveats += step_caveats
    if columns.epoch is not None and table.counts_steps:
        rows, step_caveats = epochs_of_steps(rows, columns.epoch, columns.metrics[0])
        caveats += step_caveats
    groups = rows.groupby(RUN_NUMBER, sort=False)
    all_runs = [_run(run_rows, columns) for _, run_rows in groups]
    runs, repetitions = _without_repetitions(all_runs)
    settings, differences = _shared_settings(runs, columns.parameters)
    caveats += [*repetitions, *differences, *_unequal_epochs(runs)]
    return Runs(tuple(runs), settings, tuple(caveats))


def _arms(rows: pd.DataFrame, columns: Columns) -> pd.Series[Any]:
    """Return the arm of each row: its name, or a name made of the settings that vary."""
    if columns.arm is not None:
        names = rows[columns.arm].map(_shown)
    else:
        names = _names_from_settings(rows, columns.parameters)
    if columns.task is None:
        return names
    tasks = rows[columns.task].map(_shown)
    for task in tasks.unique():
        if SEPARATOR in task:
            raise UsageError(
                f"{columns.task}: {task!r} contains {SEPARATOR!r}, which separates "
                "arm and task in names; rename the task"
            )
    return names + SEPARATOR + tasks


def _names_from_settings(
    rows: pd.DataFrame, parameters: Sequence[str]
) -> pd.Series[Any]:
    """Return names such as `lr 0.1, depth 3`, of the settings that vary; `runs` if none does."""
    varying = [name for name in parameters if len(set(map(str, rows[name]))) > 1]
    if not varying:
        return pd.Series("runs", index=rows.index)
    settings = [f"{name} " + rows[name].map(_shown) for name in varying]
    names = settings[0]
    for setting in settings[1:]:
        names = names + ", " + setting
    return names


def _run_of_each_row(rows: pd.DataFrame, columns: Columns) -> pd.Series[Any]:
    """Return a number for each row, which is the same for all rows of one run."""
    if columns.epoch is None and columns.run is None:
        return pd.Series(range(len(rows)), index=rows.index)
    named = (columns.seed, columns.fold, columns.run)
    keys = ["_arm", *(column for column in named if column is not None)]
    if columns.epoch is None:  # each row is a run
        keys.append("_row")
        rows = rows.assign(_row=range(len(rows)))
    return rows.groupby(keys, sort=False, dropna=False).ngroup()


def _repeated_epochs(rows: pd.DataFrame, columns: Columns) -> list[str]:
    """Return a caveat if several rows of one epoch have different results.

    Raises:
        UsageError: no column distinguishes runs, so several runs would be read as one.
    """
    if columns.epoch is None:
        return []
    metric = columns.metrics[0]
    with_value = rows[rows[metric].notna()]
    run_and_epoch = [RUN_NUMBER, columns.epoch]
    values = with_value.groupby(run_and_epoch)[metric].transform("nunique")
    repeated = with_value[values > 1]
    if repeated.empty:
        return []
    first = repeated.iloc[0]
    if columns.seed is None and columns.run is None and columns.fold is None:
        same_epoch = (repeated[run_and_epoch] == first[run_and_epoch]).all(axis=1)
        raise UsageError(
            f"epoch {_shown(first[columns.epoch])} of {first['_arm']} appears "
            f"{int(same_epoch.sum())} times with different values of {metric}. Name the "
            "column that distinguishes its runs with --seed or --fold; the columns are "
            f"{_source_columns(rows)}"
        )
    runs = repeated[RUN_NUMBER].nunique()
    text = f"{runs} runs have several values of {metric} for one epoch; the last one is used"
    return [text]


def _source_columns(rows: pd.DataFrame) -> str:
    """Return the names of the source's columns, without those added here."""
    names = map(str, rows.columns)
    return ", ".join(name for name in names if not name.startswith("_"))


def _seeds(rows: pd.DataFrame, columns: Columns) -> tuple[pd.Series[Any], list[str]]:
    """Return the seed of each row, and a caveat if the source states none."""
    if columns.seed is not None:
        return _numbered(rows[columns.seed]), []
    # The numbers are random. In a file sorted by result, numbers in the order of the rows would
    # pair good runs with good ones, as if the pairs were real.
    generator = np.random.default_rng(0)
    seeds = pd.Series(0, index=rows.index)
    for _, arm in rows.groupby("_arm", sort=False):
        runs = arm[RUN_NUMBER].unique()
        numbers = dict(zip(runs, generator.permutation(len(runs)), strict=True))
        seeds[arm.index] = arm[RUN_NUMBER].map(numbers)
    text = "the source has no seeds: the runs of two arms are paired at random"
    return seeds, [text]


def _numbered(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return non-negative integers unchanged, and other values as their rank."""
    numbers = [_whole(value) for value in values]
    whole = [number for number in numbers if number is not None]
    if len(whole) < len(numbers):
        texts = values.map(_shown)
        distinct_texts = sorted(set(texts), key=_natural)
        return texts.map({text: rank for rank, text in enumerate(distinct_texts)})
    if not all(0 <= number < 2**32 for number in whole):
        distinct = sorted(set(whole))
        rank_of = {number: rank for rank, number in enumerate(distinct)}
        whole = [rank_of[number] for number in whole]
    return pd.Series(whole, index=values.index)


def _whole(value: Any) -> int | None:
    """Return the value as an integer, or None if it is not a whole number."""
    try:
        return int(value) if float(value).is_integer() else None
    except (TypeError, ValueError, OverflowError):
        return None


def _natural(text: str) -> tuple[Any, ...]:
    """Return a sort key that puts `seed_10` after `seed_9`."""
    parts = re.split(r"(\d+)", text)
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)


def _run(rows: pd.DataFrame, columns: Columns) -> Run:
    """Return the run of these rows."""
    first = rows.iloc[0]
    return Run(
        arm=str(first["_arm"]),
        task=None if columns.task is None else _shown(first[columns.task]),
        seed=int(first["_seed"]),
        fold=None if columns.fold is None else int(first["_fold"]),
        settings={name: _plain(first[name]) for name in columns.parameters},
        reports=_reports(rows, columns),
        state=_state(rows, columns),
    )


def _reports(rows: pd.DataFrame, columns: Columns) -> tuple[Report, ...]:
    """Return one report for each epoch, numbered from 0; the last row of an epoch counts."""
    metrics: dict[Any, dict[str, float | None]] = {}
    seconds: dict[Any, float] = {}
    for position, row in enumerate(rows.to_dict("records")):
        stated = _whole(row[columns.epoch]) if columns.epoch is not None else 0
        epoch = position if stated is None else stated
        values = metrics.setdefault(epoch, {})
        for name in columns.metrics:
            if not _is_missing(row[name]):
                values[name] = _finite(row[name])
        duration = _finite(row.get(SECONDS)) or 0.0
        seconds[epoch] = seconds.get(epoch, 0.0) + duration
    with_values = [epoch for epoch in sorted(metrics) if metrics[epoch]]
    return tuple(
        Report(number, metrics[epoch], seconds[epoch])
        for number, epoch in enumerate(with_values)
    )


def _state(rows: pd.DataFrame, columns: Columns) -> State:
    """Return the state that the source states; a run without a finite last value has failed."""
    state = State.COMPLETE
    if STATE in rows.columns:
        stated = str(rows[STATE].iloc[-1])
        state = State(stated) if stated in set(State) else State.FAILED
    if state is not State.COMPLETE:
        return state
    values = rows[columns.metrics[0]].dropna()
    is_finite = len(values) > 0 and math.isfinite(values.iloc[-1])
    return State.COMPLETE if is_finite else State.FAILED


def _without_repetitions(runs: Sequence[Run]) -> tuple[list[Run], list[str]]:
    """Return one run for each arm, seed and fold: the first complete one, else the first.

    The caveats say how many runs were left out.
    """
    kept: dict[tuple[Hashable, ...], Run] = {}
    equal, different = 0, 0
    for run in runs:
        key = (run.arm, run.seed, run.fold)
        first = kept.setdefault(key, run)
        if first is run:
            continue
        if replace(first, state=run.state) == run:
            equal += 1
            continue
        different += 1
        if first.state is not State.COMPLETE and run.state is State.COMPLETE:
            kept[key] = run
    caveats = []
    if equal:
        caveats.append(f"{equal} runs appear twice in the source and are counted once")
    if different:
        caveats.append(
            f"{different} runs repeat the arm, seed and fold of another run with "
            "other values and were left out; the first complete run is used"
        )
    return list(kept.values()), caveats


def _shared_settings(
    runs: Sequence[Run], names: Sequence[str]
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return arm → settings that all its runs share; settings that vary in an arm are left out."""
    by_arm: dict[str, list[Run]] = {}
    for run in runs:
        by_arm.setdefault(run.arm, []).append(run)
    varying: list[str] = []
    shared: list[str] = []
    for name in names:
        varies = any(_differ(group, name) for group in by_arm.values())
        (varying if varies else shared).append(name)
    settings: dict[str, dict[str, Any]] = {}
    for arm, group in by_arm.items():
        settings[arm] = {name: group[0].settings[name] for name in shared}
    caveats = []
    if varying:
        caveats.append(f"runs of one arm differ in {', '.join(varying)}")
    return settings, caveats


def _differ(runs: Sequence[Run], setting: str) -> bool:
    """Return whether the setting has several values."""
    return len({repr(run.settings[setting]) for run in runs}) > 1


def _unequal_epochs(runs: Sequence[Run]) -> list[str]:
    """Return a caveat if complete runs have different numbers of epochs."""
    complete = [run for run in runs if run.state is State.COMPLETE]
    epochs = sorted({len(run.reports) for run in complete})
    if len(epochs) < 2:
        return []
    return [f"complete runs have from {epochs[0]} to {epochs[-1]} epochs"]


def _is_missing(value: Any) -> bool:
    """Return whether the value is None or NaN."""
    return value is None or bool(pd.isna(value))


def _finite(value: Any) -> float | None:
    """Return the value as a finite number, or None if it is not one."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold; a missing or infinite number becomes None."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or value is pd.NA:
        return None
    if isinstance(value, str | int | float | bool | list | dict):
        return value
    return str(value)


def _shown(value: Any) -> str:
    """Return the value as a text for names and messages."""
    plain = _plain(value)
    if plain is None:
        return _NO_VALUE
    if plain == "":
        return "''"
    return f"{plain:.6g}" if isinstance(plain, float) else str(plain)
