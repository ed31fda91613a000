"""TensorBoard's event files: the scalars of each folder that holds one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sweep.errors import UsageError
from sweep.imported.readers.protocol import Reader
from sweep.imported.table import EPOCH, RUN, Table, joined

_FILES = "events.out.tfevents.*"


def _folders(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if "tfevents" in path.name else []
    return sorted({found.parent for found in path.glob(f"**/{_FILES}")})


def _recognises(path: Path) -> bool:
    return bool(_folders(path))


def _read(path: Path) -> Table:
    return joined([_run(folder, path) for folder in _folders(path)])


def _run(folder: Path, above: Path) -> Table:
    loaded = _accumulator(folder)
    values: dict[int, dict[str, Any]] = {}
    for tag in loaded.Tags()["scalars"]:
        for event in loaded.Scalars(tag):
            values.setdefault(event.step, {})[tag] = event.value
    name = folder.name if folder == above else str(folder.relative_to(above))
    rows = [{RUN: name, EPOCH: step, **values[step]} for step in sorted(values)]
    tags = tuple(loaded.Tags()["scalars"])
    return Table(pd.DataFrame(rows), (), tags, counts_steps=True)


def _accumulator(folder: Path) -> Any:
    try:
        from tensorboard.backend.event_processing.event_accumulator import (
            EventAccumulator,
        )
    except ImportError as error:
        text = 'needs TensorBoard to be read: pip install "sweep-ablation[tensorboard]"'
        raise UsageError(f"{folder}: an event file {text}") from error
    everything = {"scalars": 0}
    loaded = EventAccumulator(str(folder), size_guidance=everything)
    loaded.Reload()
    return loaded


TENSORBOARD = Reader("TensorBoard's event files (tfevents)", _recognises, _read)
