"""`sweep status`: what a study, or every study, has done so far."""

from __future__ import annotations

from sweep.commands.arguments import RESULTS, AnyName, Results
from sweep.commands.console import console


def status(name: AnyName = None, results: Results = RESULTS) -> None:
    """What a study, or every study, has done so far; from the log alone, also while it runs."""
    from sweep import study
    from sweep.commands import status_view

    if name:
        console().print(status_view.status(study.load(name, results=results)))
    else:
        console().print(status_view.overview(study.studies(results), results))
