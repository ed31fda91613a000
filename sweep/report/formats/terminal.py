"""The terminal, drawn by rich: `renderable` for a console, `report.txt` for a file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table as RichTable
from rich.text import Text

from sweep.report.table import Cell, Document, Table, Tone
from sweep.safe_text import clean
from sweep.spec.page_settings import NotesStyle

STYLES: dict[Tone, str] = {
    "good": "green",
    "bad": "red",
    "same": "dim",
    "open": "yellow",
}
_GAP = 2  # blanks that rich puts between two columns


def render(document: Document) -> Mapping[str, bytes]:
    """`report.txt`, as wide as its widest table."""
    console = Console(
        file=io.StringIO(),
        width=400,
        color_system=None,
        force_terminal=False,
        legacy_windows=False,
    )
    with console.capture() as capture:
        console.print(renderable(document))
    lines = (line.rstrip() for line in capture.get().splitlines())
    return {"report.txt": ("\n".join(lines) + "\n").encode()}


def renderable(document: Document) -> RenderableType:
    """Everything of a document that a terminal can show."""
    parts: list[RenderableType] = [Text(clean(document.title), style="bold")]
    parts += [Text(clean(line)) for line in document.summary]
    for table in document.tables:
        parts += [Text(), table_renderable(table, document.layout.notes)]
    return Group(*parts)


def table_renderable(table: Table, style: NotesStyle = "full") -> RenderableType:
    """One table with its notes; columns that do not fit side by side go below, the
    first column with them again.
    """
    notes = [
        Text(f"{n.mark + '  ' if n.mark else '·  '}{clean(n.text)}", style="dim")
        for n in table.printed_notes(style)
    ]
    if table.left_notes(style):
        notes.append(Text("·  Further notes are in the report's files", style="dim"))
    return Group(Text(clean(table.title), style="bold"), _Blocks(table), *notes)


@dataclass(frozen=True)
class _Blocks:
    """The rows of a table, as many columns side by side as the console is wide."""

    table: Table

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        starred = not console.is_terminal
        for columns in self.blocks(options.max_width, starred):
            drawn = RichTable(box=None, pad_edge=False, header_style="bold")
            for i in columns:
                column = self.table.columns[i]
                drawn.add_column(
                    Text(clean(column.title)),
                    justify=column.align,
                    overflow="fold",
                    no_wrap=i != columns[0],
                )
            for row in self.table.rows:
                drawn.add_row(*(_cell(row[i], starred) for i in columns))
            yield drawn
            yield Text()

    def blocks(self, width: int, starred: bool) -> list[list[int]]:
        """Columns of each block; the first column may take at most half of the width."""
        first, *others = self.table.shown()
        start = min(self._width(first, starred), width // 2)
        blocks, used = [[first]], start
        for i in others:
            needed = self._width(i, starred) + _GAP
            if used + needed > width and len(blocks[-1]) > 1:
                blocks.append([first])
                used = start
            blocks[-1].append(i)
            used += needed
        return blocks

    def _width(self, i: int, starred: bool) -> int:
        cells = [
            Text(clean(self.table.columns[i].title)),
            *(_cell(row[i], starred) for row in self.table.rows),
        ]
        return max(cell.cell_len for cell in cells)


def _cell(cell: Cell, starred: bool) -> Text:
    """The cell's text; `starred` writes bold as **bold**, for a file or a pipe."""
    shown = clean(cell.text)
    style = "bold" if cell.bold else STYLES.get(cell.tone, "")
    text = Text(f"**{shown}**" if cell.bold and starred else shown, style=style)
    if cell.marks:
        text.append(f" [{','.join(cell.marks)}]", style="dim")
    return text
