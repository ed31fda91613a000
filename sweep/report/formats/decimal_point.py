"""Where the decimal point of a cell's text is, so that the numbers of a column line up at it."""

from __future__ import annotations

import re

from sweep.report.table import Table

# A number as the tables write it: a sign, an inequality or a parenthesis, digits, and what follows.
_NUMBER = re.compile(r"([<≥≤(]*\s?[+\-−]?\d+)(.*)", re.DOTALL)


def split(text: str) -> tuple[str, str] | None:
    """`("0", ".712 ± 0.013")`: before the decimal point, and from it on; None for no number."""
    found = _NUMBER.fullmatch(text)
    return None if found is None else (found[1], found[2])


def aligned_columns(table: Table) -> set[int]:
    """Indices of the columns whose numbers line up at the decimal point: those with one."""
    found = set()
    for index, column in enumerate(table.columns):
        if column.align == "right" and any(
            _has_point(row[index].text) for row in table.rows
        ):
            found.add(index)
    return found


def _has_point(text: str) -> bool:
    parts = split(text)
    return parts is not None and parts[1].startswith(".")
