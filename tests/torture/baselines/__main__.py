"""python -m tests.torture.baselines: the same study and the same kills over this tool,
Ray Tune and Optuna."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.torture import results
from tests.torture.baselines.comparison import TOOLS, Tally, compare

ROWS = {
    "kills": "kills",
    "studies": "studies",
    "studies that could not be continued": "studies that ended with an error",
    "studies that hung": "studies that hung",
    "planned": "trials planned",
    "in the results": "finished trials in the results at the end",
    "said to be finished": "trials that the tool had said are finished",
    "finished, then gone": "… and that are not in its results",
    "finished, then trained again": "… and that it trained again",
    "too few": "trials missing of those planned",
    "too many": "trials beyond those planned",
    "left in another state": "trials left as running, failed or waiting",
    "epochs trained": "epochs trained",
    "epochs in vain": "epochs trained in vain",
}


def main(
    kills: Annotated[int, typer.Option(help="For each tool")] = 25,
    seed: Annotated[
        int, typer.Option(help="When the kills come; the same for each tool")
    ] = 0,
    tool: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(TOOLS)}; default: all")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="For the studies; its path must be short")
    ] = None,
    record: Annotated[
        bool, typer.Option(help="Write the figures to tests/torture/RESULTS.md")
    ] = False,
) -> None:
    """Compare the tools."""
    if unknown := set(tool or ()) - set(TOOLS):
        raise typer.BadParameter(
            f"{', '.join(sorted(unknown))}: there are {', '.join(TOOLS)}"
        )
    console = Console(width=None if sys.stdout.isatty() else 140)
    place = folder or Path(tempfile.mkdtemp(prefix="b-"))
    tallies = [
        compare(
            place,
            name,
            kills,
            seed,
            lambda line: console.print(line, highlight=False, soft_wrap=True),
        )
        for name in tool or TOOLS
    ]
    drawn = Table("", *(tally.tool.title for tally in tallies))
    for name, *figures in rows(tallies):
        drawn.add_row(name, *figures)
    console.print(drawn)
    if record:
        head = [
            "| | " + " | ".join(tally.tool.title for tally in tallies) + " |",
            "|---|" + "--:|" * len(tallies),
        ]
        lines = ["| " + " | ".join(row) + " |" for row in rows(tallies)]
        chosen = "".join(f" --tool {name}" for name in tool or ())
        command = (
            f"python -m tests.torture.baselines --kills {kills} --seed {seed}{chosen}"
        )
        results.write(
            "The same kills over other tools", command, "\n".join([*head, *lines])
        )


def rows(tallies: list[Tally]) -> list[list[str]]:
    """One question a row, one tool a column."""
    return [
        [title, *(str(tally.counts[key]) for tally in tallies)]
        for key, title in ROWS.items()
    ]


if __name__ == "__main__":
    typer.run(main)
