"""W&B's local run folders: `wandb/run-…` and `wandb/offline-run-…`, each with a file
`run-ID.wandb`.

That file is a LevelDB log of protocol buffers after a header of seven bytes; wandb, which defines
the messages, must be installed. Source of the log format:
https://github.com/google/leveldb/blob/main/doc/log_format.md.
"""

from __future__ import annotations

import importlib
import json
import struct
from collections.abc import Iterator
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
    if path.is_file():
        return [path] if path.suffix == ".wandb" else []
    return sorted(path.glob("**/*.wandb"))


def _recognises(path: Path) -> bool:
    return bool(_files(path))


def _read(path: Path) -> Table:
    return joined([_run(file) for file in _files(path)])


def _run(path: Path) -> Table:
    settings: dict[str, Any] = {}
    history: list[dict[str, Any]] = []
    summary: dict[str, Any] = {}
    name, state = path.stem, "failed"
    for record in _records(path):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            name = record.run.display_name or record.run.run_id or name
            settings |= _items(record.run.config.update)
        elif kind == "config":
            settings |= _items(record.config.update)
        elif kind == "history":
            history.append(_items(record.history.item))
        elif kind == "summary":
            summary |= _items(record.summary.update)
        elif kind == "exit":
            state = "complete" if record.exit.exit_code == 0 else "failed"
    rows = [_numbers(row) for row in history] or [{}]
    logged = {metric for row in rows for metric in row}
    last = rows[-1]
    for metric, value in _numbers(summary).items():
        if metric not in logged:  # `run.summary["best"] = …`: for the whole run
            last[metric] = value
    metrics = dict.fromkeys(metric for row in rows for metric in row)
    flat = _flat(settings)
    settings = {key: value for key, value in flat.items() if _is_plain(value)}
    shared = {**settings, RUN: path.stem, "name": name, STATE: state}
    numbered: list[dict[str, Any]] = []
    for index, row in enumerate(rows):
        numbered.append({**row, EPOCH: row.get(EPOCH, index), **shared})
    names = tuple(metric for metric in metrics if metric != EPOCH)
    counts_steps = EPOCH not in metrics
    frame = pd.DataFrame(numbered)
    return Table(frame, tuple(settings), names, counts_steps=counts_steps)


def _records(path: Path) -> Iterator[Any]:
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
    """The records of a LevelDB log, up to an incomplete record, which a killed run leaves."""
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
    values: dict[str, Any] = {}
    for item in items:
        name = item.key or "/".join(item.nested_key)
        if not name.startswith(_INTERNAL) or name == EPOCH:
            values[name] = json.loads(item.value_json)
    return values


def _numbers(row: dict[str, Any]) -> dict[str, float]:
    return {name: value for name, value in _flat(row).items() if _is_number(value)}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _flat(values: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Nested keys joined with a dot, as W&B does."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{above}{name}.")
        else:
            flat[f"{above}{name}"] = value
    return flat


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, int | float | str | bool)


WANDB = Reader(
    "W&B's run folders (wandb/run-…, wandb/offline-run-…)", _recognises, _read
)
