r"""Groups of pictures that must stay in one part of a split: a patient, a scene, a burst.

The setting `groups` says how a picture's group is determined:

    pattern:(patient\d+)_   a regular expression with one capture group, searched in a file's name
    column:patient          a column of `index.csv` in the data folder

`index.csv` has a header and, beside the named column, a column `file`: the picture's path below the
data folder, its name, or its name without the extension. A row that matches several pictures is
valid for all of them.
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
    """Return the group of each picture as a number, (N,), or None without groups.

    Args:
        root: the data folder.
        files: N pictures in it.
        setting: `pattern:<regular expression>`, `column:<name>` or None.

    Raises:
        FileNotFoundError: `index.csv` does not exist.
        ValueError: a picture without a group, an index without the columns, or a setting of
            another form.
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
    """Raise if a group is in two parts of a split.

    Args:
        groups: (N,) group of each sample, or None.
        sides: name of each part → indices of its samples.
        names: (N,) file names for the message, or None.

    Raises:
        ValueError: a group with samples in two parts.
    """
    if groups is None:
        return
    pair = _group_in_two_parts(groups, sides)
    if pair is not None:
        (side, sample), (other_side, other) = pair
        name = names[sample] if names is not None else str(sample)
        other_name = names[other] if names is not None else str(other)
        raise ValueError(
            f"a group is in two parts: {name} is in {side}, {other_name} of the same group in "
            f"{other_side}; put the group into one part, or change the setting `groups`"
        )


def _group_in_two_parts(
    groups: Groups, sides: Mapping[str, NDArray[np.int64]]
) -> tuple[tuple[str, int], tuple[str, int]] | None:
    """Return two samples of one group in two parts, each with its part, or None."""
    first_sample: dict[int, tuple[str, int]] = {}
    for side, members in sides.items():
        for sample in members.tolist():
            first = first_sample.setdefault(int(groups[sample]), (side, sample))
            if first[0] != side:
                return first, (side, sample)
    return None


def _by_pattern(
    root: Path, files: Sequence[Path], pattern: re.Pattern[str]
) -> list[str]:
    """Return the group of each file, matched in its name."""
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
    """Return the group of each file, from `index.csv`."""
    index = _read_index(root / INDEX_FILE, column)
    names, missing = [], []
    for file in files:
        path = file.relative_to(root).as_posix()
        keys = (path, path.rpartition(".")[0], file.name, file.stem)
        matching = [index[key] for key in keys if key in index]
        if matching:
            names.append(matching[0])
        else:
            missing.append(path)
    if missing:
        raise ValueError(
            f"{root / INDEX_FILE} has no row for {len(missing)} of {len(files)} pictures, "
            f"the first is {missing[0]}"
        )
    return names


def _read_index(path: Path, column: str) -> dict[str, str]:
    """Read `index.csv` and return file → group."""
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
