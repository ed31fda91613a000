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
    for wide, room in ((False, column), (True, page)):
        for size in SIZES:
            widths = _widths(table, headings, aligned, size)
            if sum(widths.values()) - 2 * COLUMN_SEP <= room:
                return Fit(
                    size, wide and column < page, (tuple(shown),), headings, aligned, {}
                )
    widths = _widths(table, headings, aligned, 8)
    wrapped = _wrapped(table, widths, page)
    blocks = _blocks(shown, widths | wrapped, page)
    return Fit(8, column < page, blocks, headings, aligned, wrapped)


def _wrapped(table: Table, widths: dict[int, float], page: float) -> dict[int, float]:
    """Text columns wider than half of the page → the width they are wrapped to."""
    wrapped = {}
    for index, natural_width in widths.items():
        if table.columns[index].align == "left" and natural_width > page / 2:
            others = sum(widths.values()) - natural_width
            wrapped[index] = max(page / 2, page - others) - 2 * COLUMN_SEP
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
    """Width of a column's cells."""
    heads, tails, unsplit = [0.0], [0.0], [0.0]
    for cell in cells:
        marks = MARK * len(",".join(cell.marks))
        number = split(cell.text) if aligned else None
        if number is None:
            unsplit.append(width(cell.text, size, bold=cell.bold) + marks)
        else:
            heads.append(width(number[0], size, bold=cell.bold))
            tails.append(width(number[1], size, bold=cell.bold) + marks)
    return max(max(heads) + max(tails), max(unsplit))


def _heading(table: Table, index: int) -> list[str]:
    """A column's title, broken into lines about as wide as the column's cells."""
    title = table.columns[index].title
    longest = max((len(row[index].text) for row in table.rows), default=0)
    # no break between a metric and its arrow, nor inside brackets
    pieces = re.findall(r"[^\s/_\[]*[/_]|\[[^\]]*\]|[^\s/_\[]+(?:\s[↑↓])?|\s+", title)
    lines = [""]
    for piece in pieces:
        extended = (lines[-1] + piece).rstrip()
        if lines[-1].strip() and len(extended) > max(longest, 8):
            lines.append("")
        if lines[-1] or piece.strip():
            lines[-1] += piece
    return [line.strip() for line in lines if line.strip()] or [""]


def _blocks(
    shown: Sequence[int], widths: dict[int, float], page: float
) -> tuple[tuple[int, ...], ...]:
    """Blocks of columns that fit the page's width, each with the first column."""
    first, *others = shown
    blocks: list[list[int]] = [[first]]
    used = widths[first]
    for index in others:
        if used + widths[index] > page and len(blocks[-1]) > 1:
            blocks.append([first])
            used = widths[first]
        blocks[-1].append(index)
        used += widths[index]
    return tuple(tuple(block) for block in blocks)
