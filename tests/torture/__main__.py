"""python -m tests.torture --kills 200 --seed 0: kills drivers until that many have died, and checks
the books.

Exit code 1 if any law was broken; the folders of the studies concerned are kept as evidence.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.torture import faults, nodes, results, table, torture


def main(
    kills: Annotated[int, typer.Option(help="Drivers to kill")] = 200,
    seed: Annotated[
        int, typer.Option(help="Of all that is drawn: which fault, and when")
    ] = 0,
    minutes: Annotated[
        float | None, typer.Option(help="Start no further kill after so many minutes")
    ] = None,
    workers_killed: Annotated[
        int, typer.Option(help="Workers to kill under a living driver")
    ] = 20,
    raylets: Annotated[
        int, typer.Option(help="Raylets to kill under a living driver")
    ] = 5,
    removed: Annotated[
        int, typer.Option("--nodes", help="Nodes to remove from a local cluster")
    ] = 5,
    folder: Annotated[
        Path | None,
        typer.Option(help="For studies and evidence; its path must be short"),
    ] = None,
    record: Annotated[
        bool, typer.Option(help="Write the figures to tests/torture/RESULTS.md")
    ] = False,
) -> None:
    """Torture the tool."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    place = folder or Path(tempfile.mkdtemp(prefix="t-"))
    place.mkdir(parents=True, exist_ok=True)

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    books = torture.torture(
        place, faults.Wishes(kills, workers_killed, raylets), seed, minutes, say
    )
    nodes.remove_nodes(place, removed, seed, books, say)
    console.print(table.of(books))
    for violation in books.violations:
        say(f"VIOLATION {violation}")
    if record:
        limit = "" if minutes is None else f" --minutes {minutes:g}"
        wished = (
            f"--workers-killed {workers_killed} --raylets {raylets} --nodes {removed}"
        )
        command = (
            f"python -m tests.torture --kills {kills} {wished} --seed {seed}{limit}"
        )
        say(f"written: {results.record(books, command)}")
    if books.violations:
        say(f"the evidence is in {place}")
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
