r"""Which pictures belong together: a patient, a scene, a burst; never on two sides of a split.

The setting `groups` says how a picture's group is found:

    pattern:(patient\d+)_   a regular expression with one capture group, searched in a file's name
    column:patient          a column of `index.csv` in the data folder

`index.csv` has a header and a column `file` beside the named one: the picture's path below the data
folder, its name, or its name without the ending. A row that fits several pictures speaks of all.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..settings.pictures import group_pattern

INDEX_FILE = "index.csv"
FILE_COLUMN = "file"

Groups = NDArray[np.int64]


def groups_of(root: Path, files: Sequence[Path], setting: str | None) -> Groups | None:
    """The group of each picture, (N,): equal numbers belong together; None: every picture stands
    alone.

    Args:
        root: the data folder.
        files: N pictures in it.
        setting: `pattern:<regular expression>`, `column:<name>` or None.

    Raises:
        FileNotFoundError: no `index.csv`.
        ValueError: a picture without a group, an index that does not fit, or a setting of another
            form.
    """
    if setting is None:
        return None
    kind, _, value = setting.partition(":")
    if kind == "pattern":
        names = _by_pattern(root, files, group_pattern(value))
    elif kind == "column":
        names = _by_column(root, files, value)
    else:
        raise ValueError(
            f"groups {setting!r}: expected pattern:<regular expression> or column:<name>"
        )
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def check_groups(
    groups: Groups | None,
    sides: Mapping[str, NDArray[np.int64]],
    names: Sequence[str] | None,
) -> None:
    """Refuse a split that tears a group apart.

    Args:
        groups: (N,) group of each sample, or None.
        sides: name of each part → indices of its samples.
        names: (N,) file names for the message, or None.

    Raises:
        ValueError: a group with samples in two parts.
    """
    if groups is None:
        return
    first = _torn(groups, sides)
    if first is not None:
        (side, sample), (other_side, other) = first
        found = (
            (names[sample], names[other])
            if names is not None
            else (str(sample), str(other))
        )
        raise ValueError(
            f"a group is torn apart: {found[0]} is in {side}, {found[1]} of the same group in "
            f"{other_side}; put the group into one part, or change the setting `groups`"
        )


def _torn(
    groups: Groups, sides: Mapping[str, NDArray[np.int64]]
) -> tuple[tuple[str, int], tuple[str, int]] | None:
    """A sample of a group and one of the same group in another part, each with its part."""
    owner: dict[int, tuple[str, int]] = {}
    for side, members in sides.items():
        for sample in members.tolist():
            known = owner.setdefault(int(groups[sample]), (side, sample))
            if known[0] != side:
                return known, (side, sample)
    return None


def _by_pattern(
    root: Path, files: Sequence[Path], pattern: re.Pattern[str]
) -> list[str]:
    names, missing = [], []
    for file in files:
        match = pattern.search(file.name)
        if match is None or not match[1]:
            missing.append(file.name)
        else:
            names.append(match[1])
    if missing:
        raise ValueError(
            f"{len(missing)} of {len(files)} pictures in {root} do not match the pattern "
            f"{pattern.pattern!r} of `groups`, the first is {missing[0]}"
        )
    return names


def _by_column(root: Path, files: Sequence[Path], column: str) -> list[str]:
    index = _read_index(root / INDEX_FILE, column)
    names, missing = [], []
    for file in files:
        below = file.relative_to(root).as_posix()
        keys = (below, below.rpartition(".")[0], file.name, file.stem)
        group = next((index[key] for key in keys if key in index), None)
        if group is None:
            missing.append(below)
        else:
            names.append(group)
    if missing:
        raise ValueError(
            f"{root / INDEX_FILE} has no row for {len(missing)} of {len(files)} pictures, "
            f"the first is {missing[0]}"
        )
    return names


def _read_index(path: Path, column: str) -> dict[str, str]:
    """File → group, as the index says."""
    if not path.is_file():
        raise FileNotFoundError(
            f"groups column:{column} needs {path}: a CSV file with the columns "
            f"{FILE_COLUMN!r} and {column!r}"
        )
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        header = reader.fieldnames or []
        absent = [name for name in (FILE_COLUMN, column) if name not in header]
        if absent:
            raise ValueError(
                f"{path} has no column {absent[0]!r}; it has: {', '.join(header)}"
            )
        rows = [(row[FILE_COLUMN], row[column]) for row in reader]
    index: dict[str, str] = {}
    for name, group in rows:
        if not group:
            raise ValueError(f"{path}: {name!r} has no {column!r}")
        if index.setdefault(name, group) != group:
            raise ValueError(
                f"{path}: {name!r} is in the groups {index[name]!r} and {group!r}"
            )
    return index
