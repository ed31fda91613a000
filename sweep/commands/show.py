"""`sweep show`: show one trial, or the trials of an arm."""

from __future__ import annotations

from typing import Annotated

import typer

from sweep.commands.arguments import RESULTS, Json, Name, Results
from sweep.commands.console import console


def show(
    name: Name,
    trial_or_arm: Annotated[
        str,
        typer.Argument(
            help="Number of a trial, or name of an arm", metavar="TRIAL|ARM"
        ),
    ],
    results: Results = RESULTS,
    as_json: Json = False,
) -> None:
    """Show a trial or an arm: configuration, epochs, files, and the command that repeats it."""
    from sweep import study
    from sweep.commands import answering, show_view

    loaded = study.load(name, results=results)
    if as_json:
        answering.tell(answering.show(loaded, *show_view.numbers(loaded, trial_or_arm)))
    else:
        console().print(show_view.show(loaded, trial_or_arm))
