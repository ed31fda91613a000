"""`sweep status`: what a study, or every study, has done so far."""

from __future__ import annotations

from typing import Annotated

import typer

from sweep.commands.arguments import RESULTS, AnyName, Json, Results
from sweep.commands.console import console


def status(
    name: AnyName = None,
    tag: Annotated[list[str] | None, typer.Option(help="Only studies and trials with it")] = None,
    results: Results = RESULTS,
    as_json: Json = False,
) -> None:
    """What a study, or every study, has done so far; from the log alone, also while it runs."""
    from sweep import study
    from sweep.commands import answering, status_view
    from sweep.commands.answers import StatusAnswer

    wanted = tag or []
    if as_json:
        found = [study.load(name, results=results)] if name else study.studies(results)
        tagged = [each for each in found if status_view.has_tags(each, wanted)]
        answering.tell(StatusAnswer(studies=[answering.status(each) for each in tagged]))
    elif name:
        console().print(status_view.status(study.load(name, results=results), tags=wanted))
    else:
        found = [each for each in study.studies(results) if status_view.has_tags(each, wanted)]
        console().print(status_view.overview(found, results))
