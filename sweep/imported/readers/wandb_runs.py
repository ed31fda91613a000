"""W&B's local run folders `wandb/run-…` and `wandb/offline-run-…`, with a file `run-ID.wandb`.

That file is a LevelDB log of protocol buffers after a header of seven bytes. wandb, which defines
the messages, must be installed. Source of the log format:
https://github.com/google/leveldb/blob/main/doc/log_format.md.
"""

from __future__ import annotations

import importlib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from sweep.errors import UsageError
from sweep.imported.readers.protocol import Reader
from sweep.imported.table import EPOCH, RUN, STATE, Table, joined

_FILE_HEADER, _BLOCK, _RECORD_HEADER = 7, 32_768, 7
_FULL, _LAST = 1, 4
_INTERNAL = ("_", "wandb")


def _files(path: Path) -> list[Path]:
    """Return the file itself, or all `.wandb` files below a folder."""
    if path.is_file():
        return [path] if path.suffix == ".wandb" else []
    return sorted(path.glob("**/*.wandb"))


def _recognises(path: Path) -> bool:
    """Return whether a path is a file of W&B, or has one below it."""
    return bool(_files(path))


def _read(path: Path) -> Table:
    """Read all runs below a path."""
    return joined([_run(file) for file in _files(path)])


@dataclass
class _Run:
    """The records of one run, collected from its file."""

    name: str
    state: str = "failed"
    settings: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)


def _collected(path: Path) -> _Run:
    """Read the records of a run."""
    run = _Run(path.stem)
    for record in _records(path):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            run.name = record.run.display_name or record.run.run_id or run.name
            run.settings |= _items(record.run.config.update)
        elif kind == "config":
            run.settings |= _items(record.config.update)
        elif kind == "history":
            run.history.append(_items(record.history.item))
        elif kind == "summary":
            run.summary |= _items(record.summary.update)
        elif kind == "exit":
            run.state = "complete" if record.exit.exit_code == 0 else "failed"
    return run


def _run(path: Path) -> Table:
    """Read one run: a row for each call of `wandb.log`."""
    run = _collected(path)
    rows = [_numbers(row) for row in run.history] or [{}]
    metrics: dict[str, None] = {}
    for row in rows:
        metrics |= dict.fromkeys(row)
    for metric, value in _numbers(run.summary).items():
        if metric not in metrics:  # `run.summary["best"] = …`: for the whole run
            rows[-1][metric] = value
            metrics[metric] = None
    flat = _flat(run.settings)
    settings = {key: value for key, value in flat.items() if _is_plain(value)}
    numbered: list[dict[str, Any]] = []
    for index, row in enumerate(rows):
        numbered.append({**row, EPOCH: row.get(EPOCH, index), **settings})
    frame = pd.DataFrame(numbered).assign(
        **{RUN: path.stem, "name": run.name, STATE: run.state}
    )
    return Table(
        frame,
        tuple(settings),
        tuple(metric for metric in metrics if metric != EPOCH),
        counts_steps=EPOCH not in metrics,
    )


def _records(path: Path) -> Iterator[Any]:
    """Yield the messages of a file, with the classes that wandb defines."""
    try:
        messages = importlib.import_module("wandb.proto.wandb_internal_pb2")
    except ImportError as error:
        text = 'needs wandb to be read: pip install "sweep-ablation[wandb]"'
        raise UsageError(f"{path} {text}") from error
    for content in _contents(path.read_bytes(), path):
        record = messages.Record()
        record.ParseFromString(content)
        yield record


def _contents(data: bytes, path: Path) -> Iterator[bytes]:
    """Yield the records of a LevelDB log, up to an incomplete one that a killed run leaves."""
    if data[:4] != b":W&B":
        raise UsageError(f"{path} is not a W&B run file: it begins with {data[:4]!r}")
    position, parts = _FILE_HEADER, b""
    while position + _RECORD_HEADER <= len(data):
        left = _BLOCK - position % _BLOCK
        if left < _RECORD_HEADER:
            position += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, position)
        start = position + _RECORD_HEADER
        if kind == 0 or start + length > len(data):
            return
        parts += data[start : start + length]
        position = start + length
        if kind in (_FULL, _LAST):
            yield parts
            parts = b""


def _items(items: Any) -> dict[str, Any]:
    """Return name → value of a message's items, without W&B's internal names."""
    values: dict[str, Any] = {}
    for item in items:
        name = item.key or "/".join(item.nested_key)
        if not name.startswith(_INTERNAL) or name == EPOCH:
            values[name] = json.loads(item.value_json)
    return values


def _numbers(row: dict[str, Any]) -> dict[str, float]:
    """Return the numbers of a row; nested names are joined with a dot."""
    return {name: value for name, value in _flat(row).items() if _is_number(value)}


def _is_number(value: Any) -> bool:
    """Return whether the value is a number; a boolean is not one."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested values under keys joined with a dot, as W&B does."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _is_plain(value: Any) -> bool:
    """Return whether the value is a number, a text, a boolean or None."""
    return value is None or isinstance(value, int | float | str | bool)


WANDB = Reader(
    "W&B's run folders (wandb/run-…, wandb/offline-run-…)", _recognises, _read
)
