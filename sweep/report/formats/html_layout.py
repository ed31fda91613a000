"""How a table fits a window of 1000 pixels: its columns in blocks, below one another.

A table that is wider goes on below, behind its first column, as on paper; where the window has
room, the blocks stand side by side. Widths are estimates for the page's font: system fonts differ.
"""

from __future__ import annotations

import re

from sweep.report.table import Table

ROOM = 960.0  # pixels of a window of 1000 inside the page's margins
_CHARACTER = (
    7.9  # pixels of a digit, measured with DejaVu Sans, the widest of usual fonts
)
_PADDING = 13.0  # pixels on both sides of a column
_WIDEST_HEADING = 144.0  # pixels; longer words than that are not broken


def blocks(table: Table) -> list[list[int]]:
    """Indices of the columns of each block; each begins with the table's first column."""
    first, *others = table.shown()
    found, used = [[first]], width(table, first)
    for index in others:
        wide = width(table, index)
        if used + wide > ROOM and len(found[-1]) > 1:
            found.append([first])
            used = width(table, first)
        found[-1].append(index)
        used += wide
    return found


def width(table: Table, index: int) -> float:
    """Pixels that a column takes where its texts are wrapped as far as they can be."""
    column = table.columns[index]
    words = re.split(r"(?<=[/_.])|\s", column.title)
    heading = min(
        _WIDEST_HEADING, max((len(word) for word in words), default=0) * _CHARACTER
    )
    pieces = [
        piece for row in table.rows for piece in _pieces(row[index].text, column.align)
    ]
    content = max((len(piece) for piece in pieces), default=0) * _CHARACTER
    return max(heading, content) + _PADDING


def _pieces(text: str, align: str) -> list[str]:
    """What no line ends in: words, or a number and its interval."""
    return text.split(" [") if align == "right" else text.split()
