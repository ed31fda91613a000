"""Display names of metrics, arms and parameters (`report.names`) in tables for readers.

Keys and values for programs keep the names of the log. A note lists the replaced names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from sweep.report.table import Cell, Note, Table


def renamed(table: Table, names: Mapping[str, str]) -> Table:
    """The table with display names; unchanged where it shows none of these names.

    Args:
        table: as it was built.
        names: name in the log → name for a reader.
    """
    if not names:
        return table
    columns = []
    for column in table.columns:
        title = in_text(column.title, names)
        columns.append(replace(column, title=title))
    rows = []
    for row in table.rows:
        cells = tuple(_cell(cell, names) for cell in row)
        rows.append(cells)
    changed = replace(
        table,
        title=in_text(table.title, names),
        columns=tuple(columns),
        rows=tuple(rows),
    )
    if changed == table:
        return table
    used = [name for name in names if _is_in(name, table)]
    pairs = [f"{names[name]} is {name}" for name in used]
    note = Note("", f"Names: {'; '.join(pairs)}", kind="method")
    return replace(changed, notes=(*table.notes, note))


def _is_in(name: str, table: Table) -> bool:
    """Whether a table shows a name, as a word of a title or as a whole cell."""
    titles = [table.title, *(column.title for column in table.columns)]
    for title in titles:
        without_name = in_text(title, {name: ""})
        if without_name != title:
            return True
    return any(_named(cell.text) == name for row in table.rows for cell in row)


def in_text(text: str, names: Mapping[str, str]) -> str:
    """A title with every name that is a word of it replaced, the longest first."""
    longest_first = sorted(names, key=len, reverse=True)
    any_name = "|".join(re.escape(name) for name in longest_first)
    # Not as a part of a longer name: f1 is not replaced in test/f1.
    whole_name = rf"(?<![\w/.])(?:{any_name})(?![\w/.])"
    return re.sub(whole_name, lambda match: names[match[0]], text)


def _cell(cell: Cell, names: Mapping[str, str]) -> Cell:
    """The cell with the display name of the name in it, if it has one."""
    name = _named(cell.text)
    if name not in names:
        return cell
    before_name = cell.text.removesuffix(name)
    return replace(cell, text=before_name + names[name])


def _named(text: str) -> str:
    """The name in a cell, without the sign for the same configuration (`= other`)."""
    return text.removeprefix("= ")
