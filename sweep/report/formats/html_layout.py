"""Split a table's columns into blocks that fit a window of 1000 pixels.

A wider table continues below, with its first column repeated, as on paper. In a wider window the
blocks are side by side. Widths are estimates for the page's font, as system fonts differ.
"""

from __future__ import annotations

import re

from sweep.report.table import Table

ROOM = 960.0  # pixels of a window of 1000 inside the page's margins
_CHARACTER = 7.9  # pixels of a digit in DejaVu Sans, the widest of usual fonts
_PADDING = 13.0  # pixels on both sides of a column
_WIDEST_HEADING = 144.0  # pixels; wider words are not broken


def blocks(table: Table) -> list[list[int]]:
    """Indices of the columns of each block; each begins with the table's first column."""
    first, *others = table.shown()
    result, used = [[first]], width(table, first)
    for index in others:
        column_width = width(table, index)
        if used + column_width > ROOM and len(result[-1]) > 1:
            result.append([first])
            used = width(table, first)
        result[-1].append(index)
        used += column_width
    return result


def width(table: Table, index: int) -> float:
    """The width of a column in pixels, with its texts wrapped as far as possible."""
    column = table.columns[index]
    words = re.split(r"(?<=[/_.])|\s", column.title)
    longest_word = max(map(len, words), default=0)
    heading = min(_WIDEST_HEADING, longest_word * _CHARACTER)
    longest = 0
    for row in table.rows:
        pieces = _pieces(row[index].text, column.align)
        longest = max(longest, *map(len, pieces), 0)
    return max(heading, longest * _CHARACTER) + _PADDING


def _pieces(text: str, align: str) -> list[str]:
    """The unbroken parts of a text: words, or a number and its interval."""
    return text.split(" [") if align == "right" else text.split()
