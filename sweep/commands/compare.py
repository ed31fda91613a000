"""`sweep compare`: compare studies side by side."""

from __future__ import annotations

from typing import Annotated

import typer

from sweep.commands.arguments import RESULTS, Json, Names, Results
from sweep.commands.console import console, one_table


def compare(
    names: Names,
    metric: Annotated[
        str | None, typer.Option(help="Default: the first study's first report metric")
    ] = None,
    results: Results = RESULTS,
    as_json: Json = False,
) -> None:
    """Compare studies: their shared arms, the change from the first study, how they differ."""
    from sweep import report, study
    from sweep.commands import answering
    from sweep.commands.answers import CompareAnswer

    studies = [study.load(name, results=results) for name in names]
    titles = [loaded.folder.name for loaded in studies]
    if len(set(titles)) < len(titles):
        # Several folders have the same name: their paths differ.
        titles = [str(name) for name in names]
    histories = {
        title: loaded.history for title, loaded in zip(titles, studies, strict=True)
    }
    table = report.compare(histories, metric)
    if as_json:
        answering.tell(
            CompareAnswer(studies=list(histories), table=answering.table(table))
        )
    else:
        console().print(one_table(" and ".join(histories), table))
