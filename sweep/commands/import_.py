"""`sweep import`: make a study of runs that were trained elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sweep.commands.arguments import RESULTS, Accept, Results
from sweep.commands.console import console, say

if TYPE_CHECKING:
    from pathlib import Path

    from sweep.imported.columns import Columns


ArmColumn = Annotated[
    str | None, typer.Option(help="Column that names what is compared")
]
SeedColumn = Annotated[str | None, typer.Option(help="Column: seed of a run")]
FoldColumn = Annotated[str | None, typer.Option(help="Column: fold of a run")]
TaskColumn = Annotated[str | None, typer.Option(help="Column: data set of a run")]
EpochColumn = Annotated[
    str | None, typer.Option(help="Column: epoch, if rows are epochs")
]
MetricColumns = Annotated[
    list[str] | None, typer.Option(help="Columns: results, the first is compared")
]
ParameterColumns = Annotated[list[str] | None, typer.Option(help="Columns: settings")]
Baseline = Annotated[str | None, typer.Option(help="The arm to compare with")]
GoalOption = Annotated[str | None, typer.Option(help="maximize or minimize the metric")]


def import_(
    name: Annotated[str, typer.Argument(help="Name of the new study", metavar="NAME")],
    files: Annotated[
        list[str],
        typer.Argument(
            help="Files or folders of runs; or studies of one file, to be merged",
            metavar="FILE…",
        ),
    ],
    arm: ArmColumn = None,
    seed: SeedColumn = None,
    fold: FoldColumn = None,
    task: TaskColumn = None,
    epoch: EpochColumn = None,
    metric: MetricColumns = None,
    parameter: ParameterColumns = None,
    baseline: Baseline = None,
    goal: GoalOption = None,
    accept_changes: Accept = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Take the columns as guessed")
    ] = False,
    results: Results = RESULTS,
) -> None:
    """Make a study of runs trained elsewhere, or merge studies of one file; nothing is run."""
    from sweep import elsewhere
    from sweep.commands import reporting
    from sweep.imported.columns import Columns

    if _are_studies(files, results):
        study, notes = elsewhere.merge(
            name, files, results=results, accept_changes=accept_changes
        )
        for note in notes:
            say(f"note: {note}")
    else:
        metrics = tuple(metric or ())
        parameters = tuple(parameter or ())
        given_columns = Columns(arm, seed, fold, task, epoch, metrics, parameters)
        columns = _confirmed_columns(files, given_columns, yes)
        study = elsewhere.import_files(
            name, files, columns=columns, baseline=baseline, goal=goal, results=results
        )
    console().print(reporting.table(reporting.gather(study)))
    say(f"{study.folder}: sweep report {study.folder}")


def _are_studies(files: list[str], results: Path) -> bool:
    """Whether the files are studies to be merged, not runs to be imported.

    Raises:
        UsageError: some are studies, others are not.
    """
    from sweep import elsewhere
    from sweep.errors import UsageError

    studies = [file for file in files if elsewhere.is_study(file, results)]
    if studies and len(studies) < len(files):
        others = [file for file in files if file not in studies]
        raise UsageError(
            f"{', '.join(studies)}: a study of sweep; {', '.join(others)}: not one. Studies merge "
            "with studies of the same file only: import the files as a study of their own, "
            f"and compare both with sweep compare {studies[0]} …"
        )
    return bool(studies)


def _confirmed_columns(files: list[str], given: Columns, yes: bool) -> Columns:
    """The given columns and guesses for the others, which the user confirms."""
    from sweep import elsewhere

    columns, notes = elsewhere.columns_of(files, given)
    say(f"columns: {columns.text()}")
    for note in notes:
        say(f"note: {note}")
    some_are_guessed = columns != given
    if some_are_guessed and not yes and console().is_terminal:
        typer.confirm("Import with these columns?", default=True, abort=True)
    return columns
