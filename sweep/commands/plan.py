"""`sweep plan`: the trials, the cost and the statistical power of a study."""

from __future__ import annotations

from typing import Annotated

import typer

from sweep.commands.arguments import File, Json, Profile, Set, TrainerOption, given
from sweep.commands.console import console


def plan(
    file: File,
    overrides: Set = None,
    profile: Profile = None,
    trainer: TrainerOption = None,
    probe: Annotated[
        bool, typer.Option(help="Train two epochs to estimate the cost")
    ] = True,
    detect: Annotated[
        float | None,
        typer.Option(
            help="Print how many seeds detect this change (metric's unit); needs --sd"
        ),
    ] = None,
    sd: Annotated[
        float | None,
        typer.Option(help="Standard deviation of the paired differences, for --detect"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show trials, cost from a timed probe, and the smallest effect these seeds can detect."""
    from pathlib import Path

    from sweep import spec, study_file
    from sweep.commands import answering, plan_view
    from sweep.session import plan as planning

    planned = spec.load(
        study_file.find(file),
        overrides=given(overrides, trainer),
        profile=profile,
        import_trainer=True,
    )
    if as_json:
        base = Path(planned.base_dir)
        measured = planning.probe(planned, base) if probe else None
        answering.tell(answering.plan(planned, measured))
        return
    console().print(plan_view.plan(planned, probe=probe, detect=detect, sd=sd))
