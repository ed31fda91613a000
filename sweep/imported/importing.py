"""Import files of other tools, or a data frame, as a study on disk."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from sweep.imported import specification, writing
from sweep.imported.columns import EPOCHS, Columns, complete, first_of
from sweep.imported.fingerprints import fingerprint
from sweep.imported.readers import read
from sweep.imported.run_names import with_names_read
from sweep.imported.runs import gather
from sweep.imported.table import RUN, Table, joined
from sweep.model.events import RunsImported
from sweep.model.trial import Goal
from sweep.spec import slugify

FRAME = "data frame"


@dataclass(frozen=True)
class Imported:
    """The result of an import.

    Attributes:
        folder: the study's folder.
        columns: the columns used, given or guessed.
        runs: number of runs.
        arms: names of the arms, the baseline first.
        goal: goal of the first metric.
    """

    folder: Path
    columns: Columns
    runs: int
    arms: tuple[str, ...]
    goal: Goal


def import_files(
    files: Sequence[Path],
    name: str,
    results: Path,
    columns: Columns,
    *,
    baseline: str | None = None,
    goal: Goal | None = None,
) -> Imported:
    """Read runs from files or folders and write them as a study; nothing is trained.

    Args:
        files: in a format of `sweep.imported.readers.READERS`; several files are read as one table.
        name: the study's name.
        results: the folder that contains the studies.
        columns: the known columns; the others are guessed.
        baseline: the arm that the others are compared with; None: see `specification.describe`.
        goal: goal of the first metric; None: as the source says, else guessed from its name.

    Raises:
        UsageError: a file cannot be read, or a column does not exist.
        StudyExists: a study of that name exists.
    """
    table, formats = _rows_of(files)
    hashes = {str(file.resolve()): fingerprint(file) for file in files}
    source = RunsImported(format=", ".join(formats), files=hashes)
    return _study(table, source, results / slugify(name), name, columns, baseline, goal)


def columns_of(
    files: Sequence[Path], given: Columns
) -> tuple[Columns, tuple[str, ...]]:
    """Return the given columns with guesses for the others, and notes about the files.

    Raises:
        UsageError: see `import_files`.
    """
    table, _ = _rows_of(files)
    return complete(given, table), table.notes


def _rows_of(files: Sequence[Path]) -> tuple[Table, list[str]]:
    """Return the rows of all files as one table, and the names of their formats."""
    names = _distinct_names(files) if len(files) > 1 else {}
    tables: list[Table] = []
    formats: dict[str, None] = {}
    for file in files:
        kind, table = read(file)
        formats[kind] = None
        tables.append(_named_by_file(table, names[file]) if names else table)
    return with_names_read(joined(tables)), list(formats)


def _distinct_names(files: Sequence[Path]) -> dict[Path, str]:
    """Return a name for each file: its own, or its path below the folder that all share.

    `seed0/metrics.csv` and `seed1/metrics.csv` are two runs.
    """
    names = {file: file.name.partition(".")[0] for file in files}
    if len(set(names.values())) == len(names):
        return names
    common = os.path.commonpath([file.resolve().parent for file in files])
    return {file: file.resolve().relative_to(common).as_posix() for file in files}


def _named_by_file(table: Table, name: str) -> Table:
    """Return the table with runs that differ from those of every other file.

    The file names a run whose rows are epochs without a run's name, and each run that the file only
    numbers.
    """
    rows = table.rows
    if RUN in rows.columns and not table.counts_runs:
        return table
    if RUN in rows.columns:
        runs = rows[RUN].map(lambda run: f"{name}/{run}", na_action="ignore")
        return replace(table, rows=rows.assign(**{RUN: runs}))
    if first_of(EPOCHS, rows.columns) is None:
        return table
    return replace(table, rows=rows.assign(**{RUN: name}))


def import_frame(
    frame: pd.DataFrame,
    name: str,
    folder: Path,
    columns: Columns,
    *,
    baseline: str | None = None,
    goal: Goal | None = None,
) -> Imported:
    """Write a data frame with a row for each run or epoch as a study; see `import_files`."""
    rows = frame.reset_index(drop=True).rename(columns=str)
    source = RunsImported(format=FRAME, files={})
    return _study(Table(rows), source, folder, name, columns, baseline, goal)


def _study(
    table: Table,
    source: RunsImported,
    folder: Path,
    name: str,
    columns: Columns,
    baseline: str | None,
    goal: Goal | None,
) -> Imported:
    """Write the runs of a table as a study."""
    completed = complete(columns, table)
    runs = gather(table, completed)
    stated_goal = goal or table.goals.get(completed.metrics[0])
    described = specification.describe(
        runs, completed, name, baseline=baseline, direction=stated_goal
    )
    text = specification.source_text(described, source.files, completed)
    described = replace(described, spec=replace(described.spec, source=text))
    source = replace(source, columns=completed.text())
    caveats = _caveats(described, completed, stated_goal)
    events = list(writing.events(described, runs, source, caveats))
    writing.write(folder, events, text)
    return Imported(
        folder=folder,
        columns=completed,
        runs=len(runs.runs),
        arms=tuple(arm.name for arm in described.arms),
        goal=described.spec.metric.goal,
    )


def _caveats(
    described: specification.DescribedStudy, columns: Columns, goal: Goal | None
) -> list[str]:
    """Return sentences on the guesses that affect the tables."""
    metric = described.spec.metric
    caveats = []
    if goal is None:
        caveats.append(f"{metric.name} is {metric.goal}d: a guess from its name")
    if columns.epoch is not None and described.spec.report.select == "last":
        caveats.append("values are those of each run's last epoch")
    return caveats
