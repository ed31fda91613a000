"""Read settings from the names of runs, such as `runs/arm=focal/seed=1` and `focal_seed1`.

TensorBoard's folders, Lightning's CSV logs and exported charts have no settings, so people put them
into names. Settings read from names are guesses; the user confirms them like other guesses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from sweep.imported.table import RUN, Table, number_or_text

ARM = "arm"
# `seed1`, `seed_1`, `seed-01`; not `s1`, which may be the size of a model.
_NUMBERED = re.compile(
    r"(?:(?<=[^a-z0-9])|^)(seed|fold|rep)[ _\-=]?(\d+)(?![a-z0-9])", re.IGNORECASE
)
# `lr=0.1`: up to the next separator or the next such pair.
_ASSIGNED = re.compile(
    r"([A-Za-z][A-Za-z0-9.]*(?:_[A-Za-z][A-Za-z0-9.]*)*)=(.+?)"
    r"(?=[,;/ _\-]+[A-Za-z][\w.]*=|[,;/ ]|$)"
)
# Names that tools give to folders: a date, a host, a version, a folder of logs.
_TOOLS_OWN = re.compile(
    r"version_\d+|\d{8}[-_T]\d{6}.*|[A-Z][a-z]{2}\d{1,2}_\d\d-\d\d-\d\d.*|\d{9,}(\.\d+)?"
    r"|\d{4}-\d\d-\d\d[-_T ].*|lightning_logs|tensorboard|tb|logs|runs|csv_logs"
)
_EMPTY_BRACKETS = re.compile(r"[(\[]\s*[)\]]")
_BETWEEN = " _-,;/."


@dataclass(frozen=True)
class NameParts:
    """The parts of a run's name.

    Attributes:
        settings: name → text of the settings in it, including `seed` and `fold`.
        rest: the remaining text, without names that tools give.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    rest: str = ""


def taken_apart(name: str) -> NameParts:
    """Return the settings in a run's name, and the rest of it."""
    settings: dict[str, str] = {}
    rests: list[str] = []
    for folder in name.split("/"):
        rest = folder
        for match in _NUMBERED.finditer(folder):
            settings.setdefault(match[1].lower().replace("rep", "seed"), match[2])
            rest = rest.replace(match[0], " ", 1)
        for match in _ASSIGNED.finditer(rest):
            settings.setdefault(match[1], match[2].strip(_BETWEEN))
        rest = _ASSIGNED.sub(" ", rest)
        rest = _EMPTY_BRACKETS.sub(" ", rest).strip(_BETWEEN)
        if rest and not _TOOLS_OWN.fullmatch(rest):
            rests.append(re.sub(r"\s+", " ", rest))
    return NameParts(settings, "/".join(rests))


def with_names_read(table: Table) -> Table:
    """Return the table with a column for each setting that the names of all its runs have.

    A column of the source is not replaced. Nothing is added if the names contain no seed, fold or
    arm.
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
    listed = columns[-1]
    if len(columns) > 1:
        listed = f"{', '.join(columns[:-1])} and {listed}"
    note = f"{listed} taken from the names of the runs, such as {example}"
    parameters = table.parameters
    if parameters:
        parameters = (*parameters, *columns)
    return replace(table, rows=rows, parameters=parameters, notes=(*table.notes, note))


def _columns(
    parts: Sequence[NameParts], existing: Sequence[str] | pd.Index
) -> list[str]:
    """Return the names of the new columns: settings in every name, and the arm if it is named."""
    common = list(parts[0].settings)
    for part in parts[1:]:
        common = [key for key in common if key in part.settings]
    columns = [key for key in common if key not in existing]
    if ARM not in common and ARM not in existing and _rest_is_arm(parts, set(common)):
        columns.insert(0, ARM)
    return columns


def _rest_is_arm(parts: Sequence[NameParts], settings: set[str]) -> bool:
    """Return whether the rest of each name is an arm.

    The names must have a seed or a fold, and either several rests or no other setting.
    """
    rests = {part.rest for part in parts}
    if not all(rests) or not settings & {"seed", "fold"}:
        return False
    no_other_setting = not settings - {"seed", "fold"}
    return len(rests) > 1 or no_other_setting


def _shared_folders(rests: Sequence[str]) -> int:
    """Return the number of leading folders that the names of all runs have in common."""
    folders = [rest.split("/") for rest in rests]
    shortest = min(len(parts) for parts in folders)
    count = 0
    while count < shortest - 1 and len({parts[count] for parts in folders}) == 1:
        count += 1
    return count


def _value(parts: NameParts, column: str, shared: int) -> str | int | float:
    """Return the value of a new column for a name, without the folders that all names share."""
    if column == ARM and ARM not in parts.settings:
        return "/".join(parts.rest.split("/")[shared:])
    return number_or_text(parts.settings[column])
