"""What a study file calls its metrics, arms and parameters, in the tables that people read.

Keys and values for programs keep the names of the log; a note says which name stands for what.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from sweep.report.table import Cell, Note, Table


def renamed(table: Table, names: Mapping[str, str]) -> Table:
    """The table under other names; itself where none of them is in it.

    Args:
        table: as it was built.
        names: name in the log → name for a reader.
    """
    if not names:
        return table
    title = in_text(table.title, names)
    columns = tuple(
        replace(column, title=in_text(column.title, names)) for column in table.columns
    )
    rows = tuple(tuple(_cell(cell, names) for cell in row) for row in table.rows)
    changed = replace(table, title=title, columns=columns, rows=rows)
    if changed == table:
        return table
    used = [name for name in names if _is_in(name, table)]
    said = "; ".join(f"{names[name]} is {name}" for name in used)
    note = Note("", f"Names: {said}", kind="method")
    return replace(changed, notes=(*table.notes, note))


def _is_in(name: str, table: Table) -> bool:
    """Whether a table shows a name: as a word of a title, or as the whole of a cell."""
    texts = [table.title, *(column.title for column in table.columns)]
    if any(in_text(text, {name: ""}) != text for text in texts):
        return True
    return any(_named(cell.text) == name for row in table.rows for cell in row)


def in_text(text: str, names: Mapping[str, str]) -> str:
    """A title with every name that stands in it as a word of its own replaced, the
    longest first.
    """
    wanted = sorted(names, key=len, reverse=True)
    pattern = "|".join(re.escape(name) for name in wanted)
    # no part of a longer name: f1 is not in test/f1
    return re.sub(
        rf"(?<![\w/.])(?:{pattern})(?![\w/.])", lambda found: names[found[0]], text
    )


def _cell(cell: Cell, names: Mapping[str, str]) -> Cell:
    name = _named(cell.text)
    if name not in names:
        return cell
    return replace(cell, text=cell.text.removesuffix(name) + names[name])


def _named(text: str) -> str:
    """What a cell names: an arm by itself, or behind the sign that says the same configuration."""
    return text.removeprefix("= ")
