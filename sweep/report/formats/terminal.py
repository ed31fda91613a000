"""The terminal, drawn by rich: `renderable` for a console, `report.txt` for a file."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

from rich.console import Console, Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from sweep.report.table import Cell, Document, Table

# Control characters could move the cursor or recolour the terminal; bidirectional overrides could reorder a number.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def render(document: Document) -> Mapping[str, bytes]:
    """`report.txt`, as wide as its widest table."""
    console = Console(file=io.StringIO(), width=400, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as capture:
        console.print(renderable(document))
    lines = (line.rstrip() for line in capture.get().splitlines())
    return {"report.txt": ("\n".join(lines) + "\n").encode()}


def renderable(document: Document) -> RenderableType:
    """Everything of a document that a terminal can show."""
    parts: list[RenderableType] = [Text(clean(document.title), style="bold")]
    parts += [Text(clean(line)) for line in document.summary]
    for table in document.tables:
        parts += [Text(), table_renderable(table)]
    return Group(*parts)


def table_renderable(table: Table) -> RenderableType:
    """One table with its notes."""
    drawn = RichTable(box=None, pad_edge=False, header_style="bold")
    for i in table.shown():
        column = table.columns[i]
        drawn.add_column(Text(clean(column.title)), justify=column.align, overflow="fold")
    for row in table.rows:
        drawn.add_row(*(_cell(row[i]) for i in table.shown()))
    notes = [Text(f"{n.mark + '  ' if n.mark else '·  '}{clean(n.text)}", style="dim") for n in table.notes]
    return Group(Text(clean(table.title), style="bold"), drawn, Text(), *notes)


def clean(text: str) -> str:
    """Text without anything that a terminal would obey; each such character is shown as ␦."""
    return _CONTROL.sub("␦", text)


def _cell(cell: Cell) -> Text:
    text = Text(clean(cell.text), style="bold" if cell.bold else "")
    if cell.marks:
        text.append(f" [{','.join(cell.marks)}]", style="dim")
    return text
