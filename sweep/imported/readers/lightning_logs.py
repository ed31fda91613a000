"""Lightning's CSV logs: `metrics.csv` and `hparams.yaml` in a folder `version_N`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from sweep.errors import UsageError
from sweep.imported.readers.protocol import Reader
from sweep.imported.table import EPOCH, RUN, Table, joined

_METRICS, _SETTINGS = "metrics.csv", "hparams.yaml"
_COUNTERS = (EPOCH, "step")


class _PlainLoader(yaml.SafeLoader):
    """A YAML loader that constructs no Python objects, which `hparams.yaml` may name."""


def _not_constructed(loader: Any, suffix: str, node: yaml.Node) -> yaml.Node:
    """Return the node itself in place of the object that it names."""
    return node


_PlainLoader.add_multi_constructor("", _not_constructed)


def _folders(path: Path) -> list[Path]:
    """Return the folder itself, or all folders below it, that have a `metrics.csv`."""
    if (path / _METRICS).is_file():
        return [path]
    return sorted(metrics.parent for metrics in path.glob(f"**/{_METRICS}"))


def _recognises(path: Path) -> bool:
    """Return whether a folder has Lightning's CSV logs."""
    return path.is_dir() and bool(_folders(path))


def _read(path: Path) -> Table:
    """Read all runs below a folder."""
    runs = []
    for folder in _folders(path):
        name = str(folder.relative_to(path.parent))
        runs.append(_run(folder, name))
    return joined(runs)


def _run(folder: Path, name: str) -> Table:
    """Read one run: a row for each epoch."""
    try:
        logged = pd.read_csv(folder / _METRICS)
    except (ValueError, OSError) as error:
        raise UsageError(f"{folder / _METRICS} cannot be read: {error}") from error
    metrics = tuple(column for column in logged.columns if column not in _COUNTERS)
    if EPOCH in logged.columns:
        # Training and validation have separate rows: the last value of each column counts.
        logged = logged.groupby(EPOCH, as_index=False).last()
    settings = _settings(folder / _SETTINGS)
    for key, value in settings.items():
        logged[key] = [value] * len(logged)
    logged[RUN] = name
    return Table(logged.drop(columns="step", errors="ignore"), tuple(settings), metrics)


def _settings(path: Path) -> dict[str, Any]:
    """Return the numbers, texts and booleans in `hparams.yaml`."""
    if not path.is_file():
        return {}
    text = path.read_text(encoding="utf-8")
    content = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - constructs no objects
    if not isinstance(content, dict):
        return {}
    plain = (int, float, str, bool, type(None))
    return {
        str(key): value for key, value in content.items() if isinstance(value, plain)
    }


LIGHTNING = Reader(
    "Lightning's CSV logs (a folder with metrics.csv)", _recognises, _read
)
