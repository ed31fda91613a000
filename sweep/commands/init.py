"""`sweep init`: write a commented study file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sweep.commands.arguments import Trainer
from sweep.commands.console import say


def init(
    trainer: Trainer = "clip",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The file; default: named after the trainer",
            metavar="FILE",
        ),
    ] = None,
) -> None:
    """Write a commented study file for a trainer; an existing file is never overwritten."""
    from sweep import initial, spec
    from sweep.commands import power_view
    from sweep.errors import StudyFileError
    from sweep.session import plan as planning
    from sweep.spec import unfinished

    path = initial.write(trainer, output)
    try:
        written = spec.load(path)
    except StudyFileError as error:
        # Some keys cannot be known; they are marked, and the user sets them first.
        say(
            f"{error}\n{path}: set the lines with {unfinished.MARK}, then sweep check {path}"
        )
        return
    if line := power_view.power_line(written, planning.plan(written)):
        say(line)
    say(f"{path}: sweep check {path}")
