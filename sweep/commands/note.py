"""`sweep note`: add a note or tags to a study or a trial."""

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
        typer.Option(help="A trial to annotate instead of the study", metavar="NUMBER"),
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Add this tag")] = None,
    untag: Annotated[list[str] | None, typer.Option(help="Remove this tag")] = None,
    results: Results = RESULTS,
) -> None:
    """Add a note or tags to a study or a trial, also while it runs; `sweep status` lists them."""
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
