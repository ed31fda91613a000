"""Rows → runs: each with its arm, seed and fold, its settings and its epochs."""

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
    """One training that took place elsewhere.

    Attributes:
        arm: its name, with the task behind it where there are tasks.
        task: None where the source knows none.
        settings: of the columns `parameters`.
        reports: one an epoch; one in all where the source has a row a run.
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
        runs: in the order of the source; no two of one arm, seed and fold.
        settings: arm → what all of its runs were set to.
        caveats: what a reader of the tables has to know, in sentences.
    """

    runs: tuple[Run, ...]
    settings: Mapping[str, Mapping[str, Any]]
    caveats: tuple[str, ...]


def gather(table: Table, columns: Columns) -> Runs:
    """The runs in a table's rows.

    Raises:
        UsageError: there are no rows.
    """
    if table.rows.empty:
        raise UsageError("there are no runs: the source holds no rows")
    caveats = list(table.notes)
    rows = table.rows.copy()
    if columns.seed is not None and rows[columns.seed].isna().any():
        stated = rows[columns.seed].notna()
        caveats.append(f"{int((~stated).sum())} rows state no seed and were left out")
        rows = rows[stated].copy()
    rows["_arm"] = _arms(rows, columns)
    rows[RUN_NUMBER] = _run_of_each_row(rows, columns)
    rows["_seed"], said = _seeds(rows, columns)
    caveats += said
    rows["_fold"] = _numbered(rows[columns.fold]) if columns.fold else None
    caveats += _repeated_epochs(rows, columns)
    if columns.epoch is not None:
        rows, said = once_a_run(rows, columns.metrics)
        caveats += said
    if columns.epoch is not None and table.counts_steps:
        rows, said = epochs_of_steps(rows, columns.epoch, columns.metrics[0])
        caveats += said
    runs = [_run(group, columns) for _, group in rows.groupby(RUN_NUMBER, sort=False)]
    runs, said = _without_repetitions(runs)
    caveats += said
    settings, said = _shared_settings(runs, columns.parameters)
    return Runs(tuple(runs), settings, (*caveats, *said, *_unequal_epochs(runs)))


def _arms(rows: pd.DataFrame, columns: Columns) -> pd.Series[Any]:
    """The arm of each row: its name, or what its settings are."""
    if columns.arm is not None:
        names = rows[columns.arm].map(_shown)
    else:
        varying = [
            name for name in columns.parameters if len(set(map(str, rows[name]))) > 1
        ]
        if not varying:
            names = pd.Series("runs", index=rows.index)
        else:
            parts = [
                rows[name].map(lambda value, n=name: f"{n} {_shown(value)}")
                for name in varying
            ]
            names = parts[0]
            for part in parts[1:]:
                names = names + ", " + part
    if columns.task is None:
        return names
    tasks = rows[columns.task].map(_shown)
    for task in tasks.unique():
        if SEPARATOR in task:
            raise UsageError(
                f"{columns.task}: {task!r} holds {SEPARATOR!r}, which stands between"
                " the names of an arm and a task; rename the task"
            )
    return names + SEPARATOR + tasks


def _run_of_each_row(rows: pd.DataFrame, columns: Columns) -> pd.Series[Any]:
    """What all rows of one run share; a row is a run where there are no epochs."""
    if columns.epoch is None and columns.run is None:
        return pd.Series(range(len(rows)), index=rows.index)
    keys = [
        "_arm",
        *(c for c in (columns.seed, columns.fold, columns.run) if c is not None),
    ]
    if columns.epoch is None:
        keys.append("_row")
        rows = rows.assign(_row=range(len(rows)))
    return rows.groupby(keys, sort=False, dropna=False).ngroup()


def _repeated_epochs(rows: pd.DataFrame, columns: Columns) -> list[str]:
    """What to say of rows that state other results for an epoch that there is already.

    Raises:
        UsageError: no column tells runs apart, so that several runs would be taken for one.
    """
    if columns.epoch is None:
        return []
    metric = columns.metrics[0]
    stated = rows[rows[metric].notna()]
    among = [RUN_NUMBER, columns.epoch]
    values = stated.groupby(among)[metric].transform("nunique")
    repeated = stated[values > 1]
    if repeated.empty:
        return []
    first = repeated.iloc[0]
    if columns.seed is None and columns.run is None and columns.fold is None:
        times = int((repeated[among] == first[among]).all(axis=1).sum())
        raise UsageError(
            f"epoch {_shown(first[columns.epoch])} of {first['_arm']} stands {times} times with "
            f"other values of {metric}: which column tells its runs apart? "
            f"Name it with --seed or --fold; the columns are {', '.join(map(str, _own(rows)))}"
        )
    runs = repeated[RUN_NUMBER].nunique()
    return [
        f"epochs of {runs} runs stand several times with other values of {metric}; the last counts"
    ]


def _own(rows: pd.DataFrame) -> list[str]:
    """The columns of the source."""
    return [name for name in rows.columns if not str(name).startswith("_")]


def _seeds(rows: pd.DataFrame, columns: Columns) -> tuple[pd.Series[Any], list[str]]:
    """The seed of each row, and what has to be said where the source states none."""
    if columns.seed is not None:
        return _numbered(rows[columns.seed]), []
    # Paired in the order of the file, runs that are sorted by their result would look like pairs.
    order = np.random.default_rng(0)
    seeds = pd.Series(0, index=rows.index)
    for _, arm in rows.groupby("_arm", sort=False):
        runs = arm[RUN_NUMBER].unique()
        numbers = dict(zip(runs, order.permutation(len(runs)), strict=True))
        seeds[arm.index] = arm[RUN_NUMBER].map(numbers)
    text = "the source states no seeds: the runs of two arms are paired at random"
    return seeds, [text]


def _numbered(values: pd.Series[Any]) -> pd.Series[Any]:
    """Whole numbers from 0 as they are, else by their rank among the values."""
    numbers = [_whole(value) for value in values]
    whole = [number for number in numbers if number is not None]
    if len(whole) == len(numbers):
        if all(0 <= number < 2**32 for number in whole):
            return pd.Series(whole, index=values.index)
        ranked = {number: rank for rank, number in enumerate(sorted(set(whole)))}
        return pd.Series([ranked[number] for number in whole], index=values.index)
    shown = values.map(_shown)
    ranks = {text: rank for rank, text in enumerate(sorted(set(shown), key=_natural))}
    return shown.map(ranks)


def _whole(value: Any) -> int | None:
    try:
        return int(value) if float(value).is_integer() else None
    except (TypeError, ValueError, OverflowError):
        return None


def _natural(text: str) -> tuple[Any, ...]:
    """`seed_10` after `seed_9`."""
    return tuple(
        (int(p), "") if p.isdigit() else (-1, p) for p in re.split(r"(\d+)", text)
    )


def _run(rows: pd.DataFrame, columns: Columns) -> Run:
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
    """One report an epoch, later rows of an epoch over earlier ones; epochs are numbered from 0."""
    metrics: dict[Any, dict[str, float | None]] = {}
    seconds: dict[Any, float] = {}
    for position, row in enumerate(rows.to_dict("records")):
        epoch = _whole(row[columns.epoch]) if columns.epoch is not None else 0
        key = position if epoch is None else epoch
        values = {
            name: _finite(row[name])
            for name in columns.metrics
            if not _is_missing(row[name])
        }
        metrics.setdefault(key, {}).update(values)
        seconds[key] = seconds.get(key, 0.0) + (_finite(row.get(SECONDS)) or 0.0)
    kept = [key for key in sorted(metrics) if metrics[key]]
    return tuple(Report(i, metrics[key], seconds[key]) for i, key in enumerate(kept))


def _state(rows: pd.DataFrame, columns: Columns) -> State:
    said = str(rows[STATE].iloc[-1]) if STATE in rows.columns else State.COMPLETE.value
    state = State(said) if said in {s.value for s in State} else State.FAILED
    if state is State.COMPLETE:
        last = rows[columns.metrics[0]].dropna()
        return (
            State.COMPLETE
            if len(last) and math.isfinite(last.iloc[-1])
            else State.FAILED
        )
    return state


def _without_repetitions(runs: Sequence[Run]) -> tuple[list[Run], list[str]]:
    """No two runs of one arm, seed and fold: the first stands."""
    kept: dict[tuple[Hashable, ...], Run] = {}
    same, other = 0, 0
    for run in runs:
        key = (run.arm, run.seed, run.fold)
        before = kept.setdefault(key, run)
        if before is run:
            continue
        if replace(before, state=run.state) == run:
            same += 1
        elif before.state is not State.COMPLETE and run.state is State.COMPLETE:
            kept[key] = run
            other += 1
        else:
            other += 1
    said = []
    if same:
        said.append(f"{same} runs stand twice in the source and count once")
    if other:
        said.append(
            f"{other} further runs of an arm, seed and fold that there is already were left out; "
            "the first complete one counts"
        )
    return list(kept.values()), said


def _shared_settings(
    runs: Sequence[Run], names: Sequence[str]
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """What all runs of an arm were set to; a setting in which they differ belongs to none."""
    by_arm: dict[str, list[Run]] = {}
    for run in runs:
        by_arm.setdefault(run.arm, []).append(run)
    mixed = [
        name for name in names if any(_differ(group, name) for group in by_arm.values())
    ]
    shared = [name for name in names if name not in mixed]
    settings = {
        arm: {name: group[0].settings[name] for name in shared}
        for arm, group in by_arm.items()
    }
    said = [f"runs of one arm differ in {', '.join(mixed)}"] if mixed else []
    return settings, said


def _differ(runs: Sequence[Run], setting: str) -> bool:
    return len({repr(run.settings[setting]) for run in runs}) > 1


def _unequal_epochs(runs: Sequence[Run]) -> list[str]:
    epochs = sorted({len(run.reports) for run in runs if run.state is State.COMPLETE})
    if len(epochs) < 2:
        return []
    return [f"complete runs have from {epochs[0]} to {epochs[-1]} epochs"]


def _is_missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def _finite(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _plain(value: Any) -> Any:
    """A value as JSON has it; a number that is missing is None."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return (
        value
        if isinstance(value, str | int | float | bool | list | dict)
        else _text(value)
    )


def _text(value: Any) -> str | None:
    return None if value is None or value is pd.NA else str(value)


def _shown(value: Any) -> str:
    plain = _plain(value)
    if plain is None:
        return _NO_VALUE
    if plain == "":
        return "''"
    return f"{plain:.6g}" if isinstance(plain, float) else str(plain)
