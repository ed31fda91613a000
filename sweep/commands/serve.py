"""`sweep serve`: serve a study's report as a live page."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from sweep.commands.arguments import RESULTS, Name, Results
from sweep.commands.console import say

WITH_ITS_STARTER = "--with-its-starter"  # of `sweep run --serve`, for its own use


def serve(
    name: Name,
    port: Annotated[
        int, typer.Option(help="Local port (0 = any free port)", min=0, max=65535)
    ] = 8000,
    results: Results = RESULTS,
    with_its_starter: Annotated[
        bool,
        typer.Option(
            WITH_ITS_STARTER, hidden=True, help="End when standard input closes"
        ),
    ] = False,
) -> None:
    """Show the study's report in a browser on this machine, live while it runs."""
    from sweep import study
    from sweep.serving import server

    until = sys.stdin.fileno() if with_its_starter else None
    server.serve(
        study.load(name, results=results), port=port, say=say, until_closed=until
    )
