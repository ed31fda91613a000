"""Fit a table to a LaTeX page: its font size, the lines of its headings, and its parts.

A table that fits one column of the page fills that column, else the width of the page. A table
wider than the page is split into blocks of columns, each with the first column repeated; a longer
one into parts of rows. Nothing is scaled: no glyph is smaller than 7 pt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sweep.report.formats.decimal_point import aligned_columns, split
from sweep.report.formats.tex_width import width
from sweep.report.table import Cell, Table
from sweep.spec.page_settings import Pages

SIZES = (9, 8, 7)  # points, largest first
COLUMN_SEP = 3.0  # points on each side of a column
MARK = 4.0  # points of a footnote's mark
ROWS = 40  # of a part; no more fit a page together with the caption
_SIZE_OF_BLOCKS = 8  # points, of a table that is split into blocks
# The pieces of a heading, between which a line may break: not between a metric and its arrow, nor
# inside brackets.
_PIECES = re.compile(r"[^\s/_\[]*[/_]|\[[^\]]*\]|[^\s/_\[]+(?:\s[↑↓])?|\s+")
# Widths in points of a column and of the text, in `article`, the narrowest of common classes.
_WIDTHS: dict[Pages, tuple[float, float]] = {
    "two_columns": (229.0, 469.0),
    "one_column": (345.0, 345.0),
}


@dataclass(frozen=True)
class Fit:
    """The layout of a table.

    Attributes:
        size: of the font, points.
        wide: whether it fills all columns of the page (`table*`).
        blocks: indices of the columns of each tabular, in order.
        headings: column → the lines of its heading.
        aligned: columns whose numbers are aligned at the decimal point.
        wrapped: columns of long texts → their width in points.
    """

    size: int
    wide: bool
    blocks: tuple[tuple[int, ...], ...]
    headings: dict[int, list[str]]
    aligned: frozenset[int]
    wrapped: dict[int, float]


def fit(table: Table, pages: Pages) -> Fit:
    """The largest font with which a table fits a column, else the page, else blocks."""
    shown = table.shown()
    headings = {index: _heading(table, index) for index in shown}
    aligned = frozenset(aligned_columns(table).intersection(shown))
    column, page = _WIDTHS[pages]
    has_columns = column < page
    for wide, available in ((False, column), (True, page)):
        for size in SIZES:
            widths = _widths(table, headings, aligned, size)
            needed = sum(widths.values()) - 2 * COLUMN_SEP
            if needed <= available:
                return Fit(
                    size=size,
                    wide=wide and has_columns,
                    blocks=(tuple(shown),),
                    headings=headings,
                    aligned=aligned,
                    wrapped={},
                )
    widths = _widths(table, headings, aligned, _SIZE_OF_BLOCKS)
    wrapped = _wrapped(table, widths, page)
    return Fit(
        size=_SIZE_OF_BLOCKS,
        wide=has_columns,
        blocks=_blocks(shown, widths | wrapped, page),
        headings=headings,
        aligned=aligned,
        wrapped=wrapped,
    )


def _wrapped(table: Table, widths: dict[int, float], page: float) -> dict[int, float]:
    """Text columns wider than half of the page → the width they are wrapped to."""
    wrapped = {}
    for index, natural_width in widths.items():
        is_text = table.columns[index].align == "left"
        if is_text and natural_width > page / 2:
            others = sum(widths.values()) - natural_width
            remaining = page - others
            wrapped[index] = max(page / 2, remaining) - 2 * COLUMN_SEP
    return wrapped


def parts(table: Table, fitted: Fit) -> list[Sequence[tuple[Cell, ...]]]:
    """The rows of each float."""
    size = max(1, ROWS // len(fitted.blocks))
    if len(table.rows) <= size:
        return [table.rows]
    starts = range(0, len(table.rows), size)
    return [table.rows[start : start + size] for start in starts]


def _widths(
    table: Table, headings: dict[int, list[str]], aligned: frozenset[int], size: int
) -> dict[int, float]:
    """Column → its width in points, including the space between columns."""
    widths = {}
    for index, lines in headings.items():
        heading = max(width(line, size) for line in lines)
        cells = [row[index] for row in table.rows]
        content = _content(cells, index in aligned, size)
        widths[index] = max(heading, content) + 2 * COLUMN_SEP
    return widths


def _content(cells: Sequence[Cell], aligned: bool, size: int) -> float:
    """Width of a column's cells.

    Args:
        cells: of the column.
        aligned: whether the parts before and after the decimal point are columns of their own.
        size: of the font, points.
    """
    heads, tails, unsplit = [0.0], [0.0], [0.0]
    for cell in cells:
        marks = MARK * len(",".join(cell.marks))
        number = split(cell.text) if aligned else None
        if number is None:
            text_width = width(cell.text, size, bold=cell.bold)
            unsplit.append(text_width + marks)
            continue
        head, tail = number
        heads.append(width(head, size, bold=cell.bold))
        tail_width = width(tail, size, bold=cell.bold)
        tails.append(tail_width + marks)
    widest_number = max(heads) + max(tails)
    return max(widest_number, max(unsplit))


def _heading(table: Table, index: int) -> list[str]:
    """A column's title, broken into lines about as wide as the column's cells."""
    title = table.columns[index].title
    longest_cell = max((len(row[index].text) for row in table.rows), default=0)
    longest_line = max(longest_cell, 8)
    lines = [""]
    for piece in _PIECES.findall(title):
        extended = (lines[-1] + piece).rstrip()
        if lines[-1].strip() and len(extended) > longest_line:
            lines.append("")
        if lines[-1] or piece.strip():
            lines[-1] += piece
    filled = [line.strip() for line in lines if line.strip()]
    return filled or [""]


def _blocks(
    shown: Sequence[int], widths: dict[int, float], page: float
) -> tuple[tuple[int, ...], ...]:
    """Blocks of columns that fit the page's width, each with the first column."""
    first, *others = shown
    block = [first]
    blocks = [block]
    used = widths[first]
    for index in others:
        is_full = used + widths[index] > page
        if is_full and len(block) > 1:
            block = [first]
            blocks.append(block)
            used = widths[first]
        block.append(index)
        used += widths[index]
    return tuple(map(tuple, blocks))
