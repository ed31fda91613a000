"""How a table fits a page of LaTeX: the size of its font, its headings' lines, and its parts.

A table that fits one column of the page is set there, else across the page. One that is wider than
the page is cut into blocks of columns, each with the first column again; one that is longer, into
parts of rows. Nothing is ever scaled: no glyph is smaller than 7 pt.
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
COLUMN_SEP = 3.0  # points on either side of a column
MARK = 4.0  # points of a footnote's mark
ROWS = 40  # of a part; a page of a paper takes no more with a caption
# Widths in points: a column of a page and its text. The narrowest of usual classes: `article`.
_WIDTHS: dict[Pages, tuple[float, float]] = {
    "two_columns": (229.0, 469.0),
    "one_column": (345.0, 345.0),
}


@dataclass(frozen=True)
class Fit:
    """How a table is set.

    Attributes:
        size: of the font, points.
        wide: it goes across all columns of the page (`table*`).
        blocks: indices of the table's columns, for one tabular after another.
        headings: column → the lines of its heading.
        aligned: columns whose numbers line up at the decimal point.
        wrapped: columns of long texts → their width in points.
    """

    size: int
    wide: bool
    blocks: tuple[tuple[int, ...], ...]
    headings: dict[int, list[str]]
    aligned: frozenset[int]
    wrapped: dict[int, float]


def fit(table: Table, pages: Pages) -> Fit:
    """The largest font with which a table fits a column, else the page, else in blocks."""
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
    """Columns of texts that would take more than half of the page, and what they get of it."""
    long = {}
    for index, wide in widths.items():
        if table.columns[index].align == "left" and wide > page / 2:
            others = sum(widths.values()) - wide
            long[index] = max(page / 2, page - others) - 2 * COLUMN_SEP
    return long


def parts(table: Table, fitted: Fit) -> list[Sequence[tuple[Cell, ...]]]:
    """The rows of each float."""
    most = max(1, ROWS // len(fitted.blocks))
    if len(table.rows) <= most:
        return [table.rows]
    return [table.rows[at : at + most] for at in range(0, len(table.rows), most)]


def _widths(
    table: Table, headings: dict[int, list[str]], aligned: frozenset[int], size: int
) -> dict[int, float]:
    """Column → its width in points, with the room between columns."""
    found = {}
    for index, lines in headings.items():
        widest = max(width(line, size) for line in lines)
        cells = [row[index] for row in table.rows]
        found[index] = (
            max(widest, _content(cells, index in aligned, size)) + 2 * COLUMN_SEP
        )
    return found


def _content(cells: Sequence[Cell], aligned: bool, size: int) -> float:
    """Width of a column's cells."""
    heads, tails, whole = [0.0], [0.0], [0.0]
    for cell in cells:
        marks = MARK * len(",".join(cell.marks))
        number = split(cell.text) if aligned else None
        if number is None:
            whole.append(width(cell.text, size, bold=cell.bold) + marks)
        else:
            heads.append(width(number[0], size, bold=cell.bold))
            tails.append(width(number[1], size, bold=cell.bold) + marks)
    return max(max(heads) + max(tails), max(whole))


def _heading(table: Table, index: int) -> list[str]:
    """A column's title, on so many lines that it is hardly wider than what stands under it."""
    title = table.columns[index].title
    longest = max((len(row[index].text) for row in table.rows), default=0)
    # an arrow stays with its metric, and the text of a pair of brackets in one piece
    pieces = re.findall(r"[^\s/_\[]*[/_]|\[[^\]]*\]|[^\s/_\[]+(?:\s[↑↓])?|\s+", title)
    lines = [""]
    for piece in pieces:
        if lines[-1].strip() and len((lines[-1] + piece).rstrip()) > max(longest, 8):
            lines.append("")
        lines[-1] += piece if lines[-1] or piece.strip() else ""
    return [line.strip() for line in lines if line.strip()] or [""]


def _blocks(
    shown: Sequence[int], widths: dict[int, float], page: float
) -> tuple[tuple[int, ...], ...]:
    """Columns side by side as far as the page goes, then again below, behind the first column."""
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
