"""Tables on the terminal, and in `RESULTS.md`, where each part's section is replaced by its latest run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table as Shown

from benchmarks.result import HEADINGS, Table

RESULTS = Path(__file__).with_name("RESULTS.md")


def show(tables: Sequence[Table], console: Console) -> None:
    """Print tables."""
    for table in tables:
        shown = Shown(title=f"{table.title} [{table.unit}]", title_justify="left", caption=_below(table))
        for number, heading in enumerate(HEADINGS):
            shown.add_column(heading, justify="right" if 0 < number < len(HEADINGS) - 1 else "left")
        for row in table.cells():
            shown.add_row(*row)
        console.print(shown)


def markdown(tables: Sequence[Table], machine: str, when: str) -> str:
    """One part's section of `RESULTS.md`."""
    lines = [f"{when}. {machine}.", ""]
    for table in tables:
        lines += [f"**{table.title}** [{table.unit}]", ""]
        lines += [f"| {' | '.join(HEADINGS)} |", "| :-- | --: | --: | --: | --: | :-- |"]
        lines += [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in table.cells()]
        lines += ["", _below(table), ""] if _below(table) else [""]
    return "\n".join(lines).rstrip() + "\n"


def replace(text: str, part: str, section: str) -> str:
    """`RESULTS.md` with the section of a part replaced, or added at its end."""
    marked = f"<!-- {part} -->\n{section}<!-- /{part} -->\n"
    pattern = re.compile(rf"<!-- {part} -->\n.*?<!-- /{part} -->\n", re.DOTALL)
    if pattern.search(text):
        return pattern.sub(lambda _: marked, text)
    return f"{text.rstrip()}\n\n## {part}\n\n{marked}"


def _below(table: Table) -> str:
    aim = [f"Aim: {table.aim}."] if table.aim else []
    reference = [] if table.ratio(table.rows[0]) is None else [f"Ratios are to {table.reference}; smaller is better."]
    return " ".join([*aim, *reference, *table.notes])
