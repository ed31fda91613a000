"""MLflow's local run folders: `mlruns/EXPERIMENT/RUN/{params,metrics,tags,meta.yaml}`.

The files are read as they are, so that MLflow need not be installed. A value of a metric is a line
`TIME VALUE STEP`. Source: https://mlflow.org/docs/latest/self-hosting/architecture/backend-store/.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from sweep.imported.readers.protocol import Reader
from sweep.imported.table import EPOCH, RUN, SECONDS, STATE, Table, joined

_STATES = {3: "complete", 4: "failed", 5: "failed"}
_ENDS = {"FINISHED": 3, "FAILED": 4, "KILLED": 5}


def _folders(path: Path) -> list[Path]:
    """Runs in a run's, an experiment's or a store's folder."""
    for pattern in ("meta.yaml", "*/meta.yaml", "*/*/meta.yaml"):
        runs = [
            found.parent
            for found in path.glob(pattern)
            if (found.parent / "metrics").is_dir()
        ]
        if runs:
            return sorted(runs)
    return []


def _recognises(path: Path) -> bool:
    return path.is_dir() and bool(_folders(path))


def _read(path: Path) -> Table:
    return joined([_run(folder) for folder in _folders(path)])


def _run(folder: Path) -> Table:
    settings = _texts(folder / "params")
    name = _texts(folder / "tags").get("mlflow.runName", folder.name)
    meta = yaml.safe_load((folder / "meta.yaml").read_text(encoding="utf-8"))
    status = meta.get("status")
    state = _STATES.get(_ENDS.get(status, status), "failed")
    curves = _curves(folder / "metrics")
    steps = sorted({step for curve in curves.values() for step in curve})
    rows: list[dict[str, Any]] = []
    for step in steps:
        values = {
            metric: curve[step] for metric, curve in curves.items() if step in curve
        }
        rows.append({**settings, **values, EPOCH: step})
    shared = {RUN: folder.name, "name": name, STATE: state}
    seconds = (_time(meta, "end_time") - _time(meta, "start_time")) / 1000
    shared[SECONDS] = max(seconds, 0.0) / max(len(rows), 1)
    frame = pd.DataFrame([{**row, **shared} for row in rows or [dict(settings)]])
    return Table(frame, tuple(settings), tuple(curves))


def _time(meta: dict[str, Any], key: str) -> float:
    value = meta.get(key)
    return float(value) if isinstance(value, int | float) else 0.0


def _texts(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.is_file():
            text = path.read_text(encoding="utf-8").strip()
            found[str(path.relative_to(folder))] = _number(text)
    return found


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _curves(folder: Path) -> dict[str, dict[int, float]]:
    curves: dict[str, dict[int, float]] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        curve = curves.setdefault(str(path.relative_to(folder)), {})
        for line in path.read_text(encoding="utf-8").splitlines():
            parts = line.split()
            if len(parts) >= 2:
                curve[int(parts[2]) if len(parts) > 2 else len(curve)] = float(parts[1])
    return curves


MLFLOW = Reader("MLflow's run folders (mlruns)", _recognises, _read)
