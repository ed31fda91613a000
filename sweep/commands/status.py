"""`sweep status`: the progress of a study, or of every study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sweep.commands.arguments import RESULTS, AnyName, Json, Results
from sweep.commands.console import console
from sweep.errors import UsageError


def status(
    name: AnyName = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="Only studies and trials with this tag")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Update until the study ends")
    ] = False,
    results: Results = RESULTS,
    as_json: Json = False,
) -> None:
    """Show the progress of a study, or of every study; works while it runs."""
    from sweep import study
    from sweep.commands import answering, status_view
    from sweep.commands.answers import StatusAnswer

    tags = tag or []
    if watch:
        _follow(name, results, tags, as_json)
    elif as_json:
        studies = (
            [study.load(name, results=results)] if name else study.studies(results)
        )
        tagged = [each for each in studies if status_view.has_tags(each, tags)]
        answers = [answering.status(each) for each in tagged]
        answering.tell(StatusAnswer(studies=answers))
    elif name:
        loaded = study.load(name, results=results)
        console().print(status_view.status(loaded, tags=tags))
    else:
        studies = study.studies(results)
        tagged = [each for each in studies if status_view.has_tags(each, tags)]
        console().print(status_view.overview(tagged, results))


def _follow(name: str | None, results: Path, tags: list[str], as_json: bool) -> None:
    """Show the status again and again until the study ends."""
    from sweep import study
    from sweep.commands import watching

    if name is None or as_json:
        raise UsageError(
            "--watch needs one study and no --json: sweep status STUDY --watch"
        )
    watching.follow(study.load(name, results=results), console(), tags=tags)
