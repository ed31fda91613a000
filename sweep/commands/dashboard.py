"""`sweep dashboard`: show a study's search in optuna-dashboard."""

from __future__ import annotations

from typing import Annotated

import typer

from sweep.commands.arguments import RESULTS, Name, Results
from sweep.commands.console import say


def dashboard(
    name: Name,
    port: Annotated[
        int, typer.Option(help="Local port (0 = any free port)", min=0, max=65535)
    ] = 8080,
    results: Results = RESULTS,
) -> None:
    """Show the study's search in optuna-dashboard, on this machine only; works while it runs."""
    from sweep import study
    from sweep.commands import dashboard_server

    dashboard_server.serve(study.load(name, results=results), port=port, say=say)
