"""python -m tests.torture.around [--scene NAME]: the scenes of `scenes.py`, and the
books after each.

Exit code 1 if any law was broken; the folders of the studies concerned are kept as evidence.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from tests.torture import reference, results, retraining, study
from tests.torture.accounting import Watched
from tests.torture.caches import caches
from tests.torture.scenes import SCENES, to_the_end
from tests.torture.torture import Books, check

_NOT_RUN = "not run: "


def play(
    name: str, home: Path, books: Books, table: bytes, alone: retraining.Reference
) -> str:
    """One scene, the study's end after it, and what came of both in a word."""
    watched = Watched(home)
    study.write(home, concurrent=2, pause=0.1)
    problems = SCENES[name](watched)
    if any(problem.startswith(_NOT_RUN) for problem in problems):
        shutil.rmtree(home)
        return problems[0]
    problems += to_the_end(watched)
    problems += check(watched, books, table, alone)
    books.violations += [f"{home}: {problem}" for problem in problems]
    if problems:
        return "; ".join(problems)
    shutil.rmtree(home)
    return "all laws held"


def main(
    scene: Annotated[
        list[str] | None, typer.Option(help="These only; default all")
    ] = None,
    flips: Annotated[
        int, typer.Option(help="Bits to flip in a cache, one after another")
    ] = 2000,
    record: Annotated[
        bool, typer.Option(help="Write the figures to tests/torture/RESULTS.md")
    ] = False,
) -> None:
    """Torture what is around the driver."""
    place = Path(tempfile.mkdtemp(prefix="a-"))  # a short path: Ray's sockets lie in it
    for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        os.environ[variable] = str(place)
    books = Books()
    reference.run(place / "reference")
    table = reference.ablation_table(place / "reference" / "results")
    alone = retraining.Reference(place / "alone")
    lines = ["| scene | what came of it | seconds |", "|---|---|--:|"]

    def note(what: str, came: str, began: float) -> None:
        lines.append(f"| {what} | {came} | {time.monotonic() - began:.0f} |")
        sys.stdout.write(lines[-1] + "\n")
        sys.stdout.flush()

    for number, name in enumerate(scene or SCENES):
        began = time.monotonic()
        note(name, play(name, place / f"s{number}", books, table, alone), began)
    if not scene:
        for what, came, problems in caches(place / "reference" / "results", flips):
            books.violations += problems
            note(what, came, time.monotonic())
    if record:
        results.write(
            "Around the driver", "python -m tests.torture.around", "\n".join(lines)
        )
    if books.violations:
        sys.stdout.write(
            "\n".join(["", *books.violations, f"the evidence is in {place}", ""])
        )
        raise typer.Exit(1)
    shutil.rmtree(place)


if __name__ == "__main__":
    typer.run(main)
