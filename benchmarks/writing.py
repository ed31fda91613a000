"""Write tables to the terminal and to `RESULTS.md`, which has the latest run of each part."""

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
    """Return one part's section of `RESULTS.md`."""
    lines = [f"{when}. {machine}.", ""]
    goals: list[str] = []
    for table in tables:
        goals += [_line(cells) for cells in table.held()]
    if goals:
        lines += [*_HELD, *goals, ""]
    for table in tables:
        lines += [f"**{table.title}** [{table.unit}]", ""]
        lines += [_line(HEADINGS), "| :-- | --: | --: | --: | --: | :-- |"]
        lines += [_line(cells) for cells in table.cells()]
        lines.append("")
        if _below(table):
            lines += [_below(table), ""]
    return "\n".join(lines).rstrip() + "\n"


def _line(cells: Sequence[str]) -> str:
    """Return a row of a Markdown table."""
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def replace(text: str, part: str, section: str) -> str:
    """Return `RESULTS.md` with the section of a part replaced, or added at its end."""
    marked = f"<!-- {part} -->\n{section}<!-- /{part} -->\n"
    pattern = re.compile(rf"<!-- {part} -->\n.*?<!-- /{part} -->\n", re.DOTALL)
    if pattern.search(text):
        return pattern.sub(lambda _: marked, text)
    return f"{text.rstrip()}\n\n## {part}\n\n{marked}"


def summarised(text: str) -> str:
    """Return `RESULTS.md` with a new summary: the goals of all parts' sections in one table."""
    rows = []
    sections = r"<!-- (\w+) -->\n([^.\n]+)\. (.*?)<!-- /\1 -->"
    for part, when, section in re.findall(sections, text, re.DOTALL):
        match = re.search(r"load average ([\d.]+)", section)
        load = match[1] if match else ""
        _, _, after_heading = section.partition("\n".join(_HELD) + "\n")
        lines = after_heading.partition("\n\n")[0].splitlines()
        rows += [f"| {part} {line} {when} | {load} |" for line in lines]
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
    """Return the sentences below a table: aim, reference and notes."""
    sentences = []
    if table.aim:
        sentences.append(f"Aim: {table.aim}.")
    if table.ratio(table.rows[0]) is not None:
        sentences.append(f"Ratios are to {table.reference}; smaller is better.")
    return " ".join([*sentences, *table.notes])
