"""`sweep try`: train one trial in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sweep.commands.arguments import Profile, Set, Trust
from sweep.commands.console import say


def try_(
    file: Annotated[
        Path,
        typer.Argument(help="Study file, or a trial's config.json", metavar="FILE"),
    ],
    overrides: Set = None,
    profile: Profile = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the trial")] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Keep the trial's files here", metavar="DIR")
    ] = None,
    trust: Trust = False,
) -> None:
    """Train one trial in this process: for a first test, a debugger, or to repeat one trial."""
    from sweep import spec, study_file
    from sweep.commands import alone

    alone.train(
        study_file.find(file),
        overrides=spec.parse_overrides(overrides or []),
        profile=profile,
        seed=seed,
        folder=folder,
        trusted=trust,
        say=say,
    )
