"""`sweep verify`: does the study still say what happened?"""

from __future__ import annotations

import typer

from sweep.commands.arguments import RESULTS, Name, Results
from sweep.commands.console import say


def verify(name: Name, results: Results = RESULTS) -> None:
    """Check the log, the checkpoints' hashes, and recompute every cell of the written tables."""
    from sweep import study
    from sweep.commands import verification

    if verification.verify(study.load(name, results=results), say):
        raise typer.Exit(1)
