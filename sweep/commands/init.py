"""`sweep init`: a commented study file to start from."""

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
            "--output", "-o", help="The file; default: named after the trainer", metavar="FILE"
        ),
    ] = None,
) -> None:
    """Write a commented study file for a trainer; what is there is never overwritten."""
    from sweep import initial, spec
    from sweep.commands import power_view
    from sweep.session import plan as planning

    path = initial.write(trainer, output)
    written = spec.load(path)
    if line := power_view.power_line(written, planning.plan(written)):
        say(line)
    say(f"{path}: sweep check {path}")
