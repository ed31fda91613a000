"""The terminal, through Rich: `renderable` for a console, `report.txt` as a file."""

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
_GAP = 2  # blanks that Rich puts between two columns


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
    printed = capture.get().splitlines()
    text = "\n".join(line.rstrip() for line in printed)
    return {"report.txt": f"{text}\n".encode()}


def renderable(document: Document) -> RenderableType:
    """Everything of a document that a terminal can show."""
    parts: list[RenderableType] = [Text(clean(document.title), style="bold")]
    parts += [Text(clean(line)) for line in document.summary]
    for table in document.tables:
        parts += [Text(), table_renderable(table, document.layout.notes)]
    return Group(*parts)


def table_renderable(table: Table, style: NotesStyle = "full") -> RenderableType:
    """One table with its notes.

    Columns that do not fit the width continue below, with the first column repeated.
    """
    texts = []
    for note in table.printed_notes(style):
        mark = note.mark or "·"
        texts.append(f"{mark}  {clean(note.text)}")
    if table.left_notes(style):
        texts.append("·  Further notes are in the report's files")
    title = Text(clean(table.title), style="bold")
    notes = [Text(text, style="dim") for text in texts]
    return Group(title, _Blocks(table), *notes)


@dataclass(frozen=True)
class _Blocks:
    """The rows of a table, in blocks of as many columns as fit the console's width."""

    table: Table

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        starred = not console.is_terminal
        for columns in self.blocks(options.max_width, starred):
            drawn = RichTable(box=None, pad_edge=False, header_style="bold")
            for index in columns:
                column = self.table.columns[index]
                drawn.add_column(
                    Text(clean(column.title)),
                    justify=column.align,
                    overflow="fold",
                    no_wrap=index != columns[0],
                )
            for row in self.table.rows:
                drawn.add_row(*(_cell(row[index], starred) for index in columns))
            yield drawn
            yield Text()

    def blocks(self, width: int, starred: bool) -> list[list[int]]:
        """Indices of each block's columns; the first takes at most half of the width."""
        first, *others = self.table.shown()
        first_width = min(self._width(first, starred), width // 2)
        block = [first]
        blocks = [block]
        used = first_width
        for index in others:
            needed = self._width(index, starred) + _GAP
            is_full = used + needed > width
            if is_full and len(block) > 1:
                block = [first]
                blocks.append(block)
                used = first_width
            block.append(index)
            used += needed
        return blocks

    def _width(self, index: int, starred: bool) -> int:
        """The width of a column, in characters of the terminal."""
        cells = [Text(clean(self.table.columns[index].title))]
        cells += [_cell(row[index], starred) for row in self.table.rows]
        return max(cell.cell_len for cell in cells)


def _cell(cell: Cell, starred: bool) -> Text:
    """The cell's text; `starred` writes bold as **bold**, for a file or a pipe."""
    shown = clean(cell.text)
    if cell.bold and starred:
        shown = f"**{shown}**"
    style = "bold" if cell.bold else STYLES.get(cell.tone, "")
    text = Text(shown, style=style)
    if cell.marks:
        text.append(f" [{','.join(cell.marks)}]", style="dim")
    return text
