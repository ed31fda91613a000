"""What the names of runs say of them: `runs/arm=focal/seed=1` and `focal_seed1`.

TensorBoard's folders, CSV logs of Lightning and exported charts know no settings: people put them
into names. What is read from names is a guess, shown and confirmed like the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from sweep.imported.table import RUN, Table

ARM = "arm"
# `seed1`, `seed_1`, `seed-01`; `s1` may be the size of a model, and is none.
_NUMBERED = re.compile(
    r"(?:(?<=[^a-z0-9])|^)(seed|fold|rep)[ _\-=]?(\d+)(?![a-z0-9])", re.IGNORECASE
)
# `lr=0.1`: up to the next separator, and up to the next such pair.
_ASSIGNED = re.compile(
    r"([A-Za-z][A-Za-z0-9.]*(?:_[A-Za-z][A-Za-z0-9.]*)*)=(.+?)"
    r"(?=[,;/ _\-]+[A-Za-z][\w.]*=|[,;/ ]|$)"
)
# What tools call folders by themselves: a date, a host, a version, a folder of logs.
_TOOLS_OWN = re.compile(
    r"version_\d+|\d{8}[-_T]\d{6}.*|[A-Z][a-z]{2}\d{1,2}_\d\d-\d\d-\d\d.*|\d{9,}(\.\d+)?"
    r"|\d{4}-\d\d-\d\d[-_T ].*|lightning_logs|tensorboard|tb|logs|runs|csv_logs"
)
_EMPTY_BRACKETS = re.compile(r"[(\[]\s*[)\]]")
_BETWEEN = " _-,;/."


@dataclass(frozen=True)
class NameParts:
    """A run's name, taken apart.

    Attributes:
        settings: what is assigned in it, `seed` and `fold` among them.
        rest: what is left, without the names that tools give by themselves.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    rest: str = ""


def taken_apart(name: str) -> NameParts:
    """What is assigned in a run's name, and what is left of it."""
    settings: dict[str, str] = {}
    rests: list[str] = []
    for part in name.split("/"):
        left = part
        for match in _NUMBERED.finditer(part):
            settings.setdefault(match[1].lower().replace("rep", "seed"), match[2])
            left = left.replace(match[0], " ", 1)
        for match in _ASSIGNED.finditer(left):
            settings.setdefault(match[1], match[2].strip(_BETWEEN))
        left = _EMPTY_BRACKETS.sub(" ", _ASSIGNED.sub(" ", left)).strip(_BETWEEN)
        if left and not _TOOLS_OWN.fullmatch(left):
            rests.append(re.sub(r"\s+", " ", left))
    return NameParts(settings, "/".join(rests))


def with_names_read(table: Table) -> Table:
    """The table with columns for what the names of its runs say, where they all say it.

    A column that the source has already stays as it is. Nothing is added where no name tells a
    seed, a fold or an arm.
    """
    if RUN not in table.rows.columns or table.rows.empty:
        return table
    names = table.rows[RUN].map(str)
    parts = {name: taken_apart(name) for name in names.unique()}
    columns = _columns(list(parts.values()), table.rows.columns)
    if not columns:
        return table
    rows = table.rows.copy()
    shared = _shared_folders([part.rest for part in parts.values()])
    for column in columns:
        rows[column] = [_value(parts[name], column, shared) for name in names]
    example = next(iter(parts))
    listed = " and ".join([", ".join(columns[:-1]), columns[-1]][len(columns) < 2 :])
    note = f"{listed} as the names of runs tell them, such as {example}"
    parameters = table.parameters
    if parameters:
        parameters = (*parameters, *columns)
    return replace(table, rows=rows, parameters=parameters, notes=(*table.notes, note))


def _columns(parts: Sequence[NameParts], there: Sequence[str] | pd.Index) -> list[str]:
    """The settings that every name tells, and the arm where the rest of the names tells it."""
    common = [key for key in parts[0].settings if all(key in p.settings for p in parts)]
    columns = [key for key in common if key not in there]
    tell_runs_apart = {"seed", "fold"} & set(common)
    rests = {part.rest for part in parts}
    nothing_else = not set(common) - {"seed", "fold"}
    named = all(rests) and (len(rests) > 1 or nothing_else)
    if ARM not in common and ARM not in there and tell_runs_apart and named:
        columns.insert(0, ARM)
    return columns


def _shared_folders(rests: Sequence[str]) -> int:
    """How many folders the names of all runs begin with alike."""
    folders = [rest.split("/") for rest in rests]
    shortest = min(len(parts) for parts in folders)
    count = 0
    while count < shortest - 1 and len({parts[count] for parts in folders}) == 1:
        count += 1
    return count


def _value(parts: NameParts, column: str, shared: int) -> str | int | float:
    if column == ARM and ARM not in parts.settings:
        return "/".join(parts.rest.split("/")[shared:])
    text = parts.settings[column]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
