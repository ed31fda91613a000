"""Runs that were trained elsewhere as studies: the public Python API.

study = sweep.from_frame(frame, arm="method", seed="seed", metric="accuracy")
study.table()
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from sweep import spec
from sweep.errors import StudyNotFound, named
from sweep.imported import importing, merging
from sweep.imported.columns import Columns
from sweep.imported.locations import path_of
from sweep.imported.merging import Part
from sweep.model.trial import Goal
from sweep.study import RESULTS, Study, load


def is_study(name: str | Path, results: Path = RESULTS) -> bool:
    """Whether there is a study of that name or in that folder."""
    try:
        load(name, results=results)
    except StudyNotFound:
        return False
    return True


def columns_of(
    files: Sequence[str | Path], given: Columns
) -> tuple[Columns, tuple[str, ...]]:
    """Which column of these files is what; see `sweep.imported.importing.columns_of`."""
    return importing.columns_of([path_of(file) for file in files], given)


def import_files(
    name: str,
    files: Sequence[str | Path],
    *,
    columns: Columns | None = None,
    baseline: str | None = None,
    goal: str | None = None,
    results: Path = RESULTS,
) -> Study:
    """Make a study of runs that were trained elsewhere; nothing is run.

    Args:
        name: of the study.
        files: CSV, parquet, JSON lines; W&B's, MLflow's, Ray Tune's, Lightning's and TensorBoard's
            folders; Optuna's storages.
        columns: which column is what; None: all guessed.
        baseline: the arm that the others are compared with; None: one that is called so, else the
            first.
        goal: `maximize` or `minimize` the first metric; None: as the source says, else by its name.

    Raises:
        UsageError: a file cannot be read, a column or the baseline is not there.
        StudyExists: there is a study of that name.
    """
    known = columns or Columns()
    wanted = None if goal is None else _goal(goal)
    paths = [path_of(file) for file in files]
    done = importing.import_files(
        paths, name, results, known, baseline=baseline, goal=wanted
    )
    return Study(done.folder)


def from_frame(
    frame: pd.DataFrame,
    *,
    metric: str | Sequence[str],
    arm: str | None = None,
    seed: str | None = None,
    fold: str | None = None,
    task: str | None = None,
    epoch: str | None = None,
    parameters: Sequence[str] = (),
    baseline: str | None = None,
    goal: str | None = None,
    name: str = "frame",
    folder: str | Path | None = None,
) -> Study:
    """Make a study of the runs in a data frame, for `table()`, `plot()`, `verdicts()`.

    Args:
        frame: one row a run, or with `epoch` one row an epoch.
        metric: column or columns with results; arms are compared on the first.
        arm, seed, fold, task, epoch: columns; None: guessed by their usual names, see
            `sweep.imported.columns`.
        parameters: columns with settings, shown beside the arm.
        baseline: the arm that the others are compared with; None: one that is called so, else the
            first.
        goal: `maximize` or `minimize`; None: by the metric's name.
        folder: where the study is kept; None: in a temporary folder.

    Raises:
        UsageError: a column or the baseline is not there.
        StudyExists: the folder holds a study.
    """
    metrics = (metric,) if isinstance(metric, str) else tuple(metric)
    columns = Columns(arm, seed, fold, task, epoch, metrics, tuple(parameters))
    home = (
        Path(tempfile.mkdtemp(prefix="sweep-")) / name
        if folder is None
        else Path(folder)
    )
    wanted = None if goal is None else _goal(goal)
    done = importing.import_frame(
        frame, name, home, columns, baseline=baseline, goal=wanted
    )
    return Study(done.folder)


def merge(
    name: str,
    studies: Sequence[str | Path],
    *,
    results: Path = RESULTS,
    accept_changes: bool = False,
) -> tuple[Study, list[str]]:
    """Merge studies of one file that ran on several machines; return the study and its caveats.

    Args:
        accept_changes: merge although code, data, libraries or settings differ; tables mark it.

    Raises:
        StudyNotFound: one of the studies does not exist.
        UsageError, StudyChanged, StudyExists: see `sweep.imported.merging.merge`.
    """
    found = [load(each, results=results) for each in studies]
    parts = [
        merging.Part(each.folder.name, each.folder, each.history) for each in found
    ]
    apart = [
        replace(part, name=str(folder)) if _is_ambiguous(part.name, parts) else part
        for part, folder in zip(parts, studies, strict=True)
    ]
    folder = results / spec.slugify(name)
    return Study(folder), merging.merge(apart, name, folder, accept=accept_changes)


def _is_ambiguous(name: str, parts: Sequence[Part]) -> bool:
    return sum(part.name == name for part in parts) > 1


def _goal(goal: str) -> Goal:
    goals: dict[str, Goal] = {"maximize": "maximize", "minimize": "minimize"}
    return named(goals, goal, "goal")
