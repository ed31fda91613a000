"""TensorBoard's event files: the scalars of each folder that contains one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sweep.errors import UsageError
from sweep.imported.readers.protocol import Reader
from sweep.imported.table import EPOCH, RUN, Table, joined

_FILES = "events.out.tfevents.*"


def _folders(path: Path) -> list[Path]:
    """Return the file itself, or all folders that have an event file."""
    if path.is_file():
        return [path] if "tfevents" in path.name else []
    return sorted({file.parent for file in path.glob(f"**/{_FILES}")})


def _recognises(path: Path) -> bool:
    """Return whether a path is an event file, or has one below it."""
    return bool(_folders(path))


def _read(path: Path) -> Table:
    """Read the scalars of all folders below a path."""
    return joined([_run(folder, path) for folder in _folders(path)])


def _run(folder: Path, root: Path) -> Table:
    """Read one run: a row for each step. Its name is its path below `root`."""
    events = _accumulator(folder)
    tags = tuple(events.Tags()["scalars"])
    values: dict[int, dict[str, Any]] = {}
    for tag in tags:
        for event in events.Scalars(tag):
            values.setdefault(event.step, {})[tag] = event.value
    name = folder.name if folder == root else str(folder.relative_to(root))
    rows = [{RUN: name, EPOCH: step, **values[step]} for step in sorted(values)]
    return Table(pd.DataFrame(rows), metrics=tags, counts_steps=True)


def _accumulator(folder: Path) -> Any:
    """Return TensorBoard's reader of a folder's events, with every value of each scalar."""
    try:
        from tensorboard.backend.event_processing.event_accumulator import (
            EventAccumulator,
        )
    except ImportError as error:
        text = 'needs TensorBoard to be read: pip install "sweep-ablation[tensorboard]"'
        raise UsageError(f"{folder}: an event file {text}") from error
    all_values = {"scalars": 0}  # 0: no limit
    events = EventAccumulator(str(folder), size_guidance=all_values)
    events.Reload()
    return events


TENSORBOARD = Reader("TensorBoard's event files (tfevents)", _recognises, _read)
