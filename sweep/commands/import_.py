"""`sweep import`: runs trained elsewhere as a study."""

from __future__ import annotations

from typing import Annotated

import typer

from sweep.commands.arguments import RESULTS, Accept, Results
from sweep.commands.console import console, say


def import_(
    name: Annotated[str, typer.Argument(help="Name of the new study", metavar="NAME")],
    files: Annotated[
        list[str],
        typer.Argument(
            help="Files or folders of runs; or studies of one file, to be merged",
            metavar="FILE…",
        ),
    ],
    arm: Annotated[str | None, typer.Option(help="Column: what is compared")] = None,
    seed: Annotated[str | None, typer.Option(help="Column: seed of a run")] = None,
    fold: Annotated[str | None, typer.Option(help="Column: fold of a run")] = None,
    task: Annotated[str | None, typer.Option(help="Column: data set of a run")] = None,
    epoch: Annotated[
        str | None, typer.Option(help="Column: epoch, if rows are epochs")
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option(help="Columns: results, the first is compared")
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option(help="Columns: settings")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(help="The arm to compare with")
    ] = None,
    goal: Annotated[
        str | None, typer.Option(help="maximize or minimize the metric")
    ] = None,
    accept_changes: Accept = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Take the columns as guessed")
    ] = False,
    results: Results = RESULTS,
) -> None:
    """Read runs trained elsewhere as a study, or merge studies of one file; nothing is run."""
    from sweep import elsewhere
    from sweep.commands import reporting
    from sweep.imported.columns import Columns

    if all(elsewhere.is_study(file, results) for file in files):
        study, notes = elsewhere.merge(
            name, files, results=results, accept_changes=accept_changes
        )
        for note in notes:
            say(f"note: {note}")
    else:
        metrics = tuple(metric or ())
        parameters = tuple(parameter or ())
        given_columns = Columns(arm, seed, fold, task, epoch, metrics, parameters)
        columns, notes_of_files = elsewhere.columns_of(files, given_columns)
        say(f"columns: {columns.text()}")
        for note in notes_of_files:
            say(f"note: {note}")
        some_are_guessed = columns != given_columns
        if some_are_guessed and not yes and console().is_terminal:
            typer.confirm("Import them so?", default=True, abort=True)
        study = elsewhere.import_files(
            name, files, columns=columns, baseline=baseline, goal=goal, results=results
        )
    console().print(reporting.table(reporting.gather(study)))
    say(f"{study.folder}: sweep report {study.folder}")
