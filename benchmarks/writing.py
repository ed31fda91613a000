"""Tables on the terminal, and in `RESULTS.md`, where each part's section is replaced by
its latest run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table as Shown

from benchmarks.result import HEADINGS, Table

RESULTS = Path(__file__).with_name("RESULTS.md")
_HELD = ("| what | aim | measured | met |", "| :-- | :-- | :-- | :-- |")


def show(tables: Sequence[Table], console: Console) -> None:
    """Print tables."""
    for table in tables:
        shown = Shown(
            title=f"{table.title} [{table.unit}]",
            title_justify="left",
            caption=_below(table),
        )
        for number, heading in enumerate(HEADINGS):
            shown.add_column(
                heading, justify="right" if 0 < number < len(HEADINGS) - 1 else "left"
            )
        for row in table.cells():
            shown.add_row(*row)
        console.print(shown)


def markdown(tables: Sequence[Table], machine: str, when: str) -> str:
    """One part's section of `RESULTS.md`."""
    lines = [f"{when}. {machine}.", ""]
    held = [cells for table in tables for cells in table.held()]
    if held:
        lines += [
            *_HELD,
            *(
                f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
                for cells in held
            ),
            "",
        ]
    for table in tables:
        lines += [f"**{table.title}** [{table.unit}]", ""]
        lines += [
            f"| {' | '.join(HEADINGS)} |",
            "| :-- | --: | --: | --: | --: | :-- |",
        ]
        lines += [
            f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
            for row in table.cells()
        ]
        lines += ["", _below(table), ""] if _below(table) else [""]
    return "\n".join(lines).rstrip() + "\n"


def replace(text: str, part: str, section: str) -> str:
    """`RESULTS.md` with the section of a part replaced, or added at its end."""
    marked = f"<!-- {part} -->\n{section}<!-- /{part} -->\n"
    pattern = re.compile(rf"<!-- {part} -->\n.*?<!-- /{part} -->\n", re.DOTALL)
    if pattern.search(text):
        return pattern.sub(lambda _: marked, text)
    return f"{text.rstrip()}\n\n## {part}\n\n{marked}"


def summarised(text: str) -> str:
    """`RESULTS.md` with its summary made anew: what every part's section says of its
    aims, in one table.
    """
    rows = []
    for part, when, section in re.findall(
        r"<!-- (\w+) -->\n([^.\n]+)\. (.*?)<!-- /\1 -->", text, re.DOTALL
    ):
        busy = re.search(r"load average ([\d.]+)", section)
        _, _, held = section.partition("\n".join(_HELD) + "\n")
        lines = held.partition("\n\n")[0].splitlines()
        rows += [
            f"| {part} {line} {when} | {busy[1] if busy else ''} |" for line in lines
        ]
    table = [
        "| part | what | aim | measured | met | when | load |",
        f"|{' :-- |' * 7}",
        *rows,
    ]
    return re.sub(
        r"<!-- summary -->\n.*?<!-- /summary -->\n",
        lambda _: "\n".join(["<!-- summary -->", *table, "<!-- /summary -->", ""]),
        text,
        flags=re.DOTALL,
    )


def _below(table: Table) -> str:
    aim = [f"Aim: {table.aim}."] if table.aim else []
    reference = (
        []
        if table.ratio(table.rows[0]) is None
        else [f"Ratios are to {table.reference}; smaller is better."]
    )
    return " ".join([*aim, *reference, *table.notes])
