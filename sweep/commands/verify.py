"""`sweep verify`: does the study still say what happened?"""

from __future__ import annotations

import typer

from sweep.commands.arguments import RESULTS, Json, Name, Results
from sweep.commands.console import say


def verify(name: Name, results: Results = RESULTS, as_json: Json = False) -> None:
    """Check the log, the checkpoints' hashes, and recompute every cell of the written tables."""
    from sweep import study
    from sweep.commands import answering, verification
    from sweep.commands.answers import VerifyAnswer

    said: list[str] = []
    loaded = study.load(name, results=results)
    problems = verification.verify(loaded, said.append if as_json else say)
    if as_json:
        found = VerifyAnswer(
            study=str(loaded.folder), sound=not problems, problems=problems, said=said
        )
        answering.tell(found)
    if problems:
        raise typer.Exit(1)
