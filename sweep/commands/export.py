"""`sweep export`: export a study for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sweep.commands.arguments import RESULTS, Name, Results
from sweep.commands.console import say


def export(
    name: Name,
    folder: Annotated[
        Path | None,
        typer.Option(help="Output folder; default: STUDY/export", metavar="DIR"),
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option(
            help="Export to a tracker: tensorboard, mlflow or wandb", metavar="NAME"
        ),
    ] = None,
    results: Results = RESULTS,
) -> None:
    """Export trials, epochs and an Optuna journal of the search; or log the runs to a tracker."""
    from sweep import study
    from sweep.commands import exporting

    loaded = study.load(name, results=results)
    if to:
        for line in exporting.track(loaded, to):
            say(f"  {line}")
        return
    for path in exporting.write(loaded, folder or loaded.folder / "export"):
        say(f"  {path}")
