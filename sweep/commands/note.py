"""`sweep note`: write a note or set tags on a study or a trial."""

from __future__ import annotations

from typing import Annotated

import typer

from sweep.commands.arguments import RESULTS, Name, Results
from sweep.commands.console import say


def note(
    name: Name,
    text: Annotated[
        str, typer.Argument(help="A sentence to keep", metavar="[TEXT]")
    ] = "",
    trial: Annotated[
        int | None,
        typer.Option(help="About this trial in place of the study", metavar="NUMBER"),
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Put a tag on it")] = None,
    untag: Annotated[list[str] | None, typer.Option(help="Take a tag off it")] = None,
    results: Results = RESULTS,
) -> None:
    """Write a note or set tags on a study or a trial, in its log, also while the study runs;
    `sweep status` lists them.
    """
    from sweep import study

    loaded = study.load(name, results=results)
    loaded.note(text, trial=trial, tags=tag or [], untag=untag or [])
    remarks = loaded.history.remarks[trial]
    about = loaded.folder.name
    if trial is not None:
        about = f"trial {trial} of {about}"
    if remarks.tags:
        tags = ", ".join(remarks.tags)
        say(f"noted: {about} [{tags}]")
    else:
        say(f"noted: {about}")
