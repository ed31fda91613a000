"""`sweep verify`: check that a study's files still match its log."""

from __future__ import annotations

import typer

from sweep.commands.arguments import RESULTS, Json, Name, Results
from sweep.commands.console import say


def verify(name: Name, results: Results = RESULTS, as_json: Json = False) -> None:
    """Check the log and the checkpoints' hashes, and recompute every cell of the tables."""
    from sweep import study
    from sweep.commands import answering, verification
    from sweep.commands.answers import VerifyAnswer

    lines: list[str] = []
    loaded = study.load(name, results=results)
    problems = verification.verify(loaded, lines.append if as_json else say)
    if as_json:
        answer = VerifyAnswer(
            study=str(loaded.folder), sound=not problems, problems=problems, said=lines
        )
        answering.tell(answer)
    if problems:
        raise typer.Exit(1)
