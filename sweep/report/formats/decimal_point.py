"""The position of the decimal point in a cell's text, for aligning the numbers of a column."""

from __future__ import annotations

import re

from sweep.report.table import Table

# A number as the tables write it: a sign, an inequality or a parenthesis, digits, and what follows.
_NUMBER = re.compile(r"([<≥≤(]*\s?[+\-−]?\d+)(.*)", re.DOTALL)


def split(text: str) -> tuple[str, str] | None:
    """`("0", ".712 ± 0.013")`: the parts before the decimal point and from it on.

    None for a text that is not a number.
    """
    match = _NUMBER.fullmatch(text)
    return None if match is None else (match[1], match[2])


def aligned_columns(table: Table) -> set[int]:
    """Indices of right-aligned columns that have a number with a decimal point."""
    aligned = set()
    for index, column in enumerate(table.columns):
        texts = [row[index].text for row in table.rows]
        if column.align == "right" and any(map(_has_point, texts)):
            aligned.add(index)
    return aligned


def _has_point(text: str) -> bool:
    """Whether a text is a number with a decimal point."""
    parts = split(text)
    return parts is not None and parts[1].startswith(".")
