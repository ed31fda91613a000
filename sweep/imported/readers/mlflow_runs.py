"""MLflow's local run folders: `mlruns/EXPERIMENT/RUN/{params,metrics,tags,meta.yaml}`.

The files are read directly, so MLflow need not be installed. Each value of a metric is a line
`TIME VALUE STEP`. Source: https://mlflow.org/docs/latest/self-hosting/architecture/backend-store/.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sweep.imported.readers.mlflow_run import (
    NAME_TAG,
    PARENT_TAG,
    MlflowRun,
    table_of,
)
from sweep.imported.readers.protocol import Reader
from sweep.imported.table import Table

# Numbers of MLflow's RunStatus, as files store it; a database stores the names.
_STATUSES = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}


def _folders(path: Path) -> list[Path]:
    """Return the folders of runs in the folder of a run, an experiment or a store."""
    for pattern in ("meta.yaml", "*/meta.yaml", "*/*/meta.yaml"):
        folders = [meta.parent for meta in path.glob(pattern)]
        runs = [folder for folder in folders if (folder / "metrics").is_dir()]
        if runs:
            return sorted(runs)
    return []


def _recognises(path: Path) -> bool:
    """Return whether a folder has runs of MLflow."""
    return path.is_dir() and bool(_folders(path))


def _read(path: Path) -> Table:
    """Read all runs below a folder."""
    return table_of([_run(folder) for folder in _folders(path)])


def _run(folder: Path) -> MlflowRun:
    """Read one run."""
    meta = yaml.safe_load((folder / "meta.yaml").read_text(encoding="utf-8"))
    tags = _texts(folder / "tags")
    status = meta.get("status")
    return MlflowRun(
        identifier=folder.name,
        name=tags.get(NAME_TAG) or str(meta.get("run_name") or folder.name),
        status=_STATUSES.get(status, str(status)),
        deleted=meta.get("lifecycle_stage") == "deleted",
        parent=tags.get(PARENT_TAG),
        started=float(meta.get("start_time") or 0),
        milliseconds=_milliseconds(meta),
        settings=_texts(folder / "params"),
        curves=_curves(folder / "metrics"),
    )


def _milliseconds(meta: Mapping[str, Any]) -> float:
    """Return the duration of a run, from its `meta.yaml`."""
    start, end = meta.get("start_time"), meta.get("end_time")
    if not isinstance(start, int | float) or not isinstance(end, int | float):
        return 0.0  # `end_time: null`: the run has not ended
    return max(float(end - start), 0.0)


def _files(folder: Path) -> dict[str, str]:
    """Return name → text of all files in a folder and its subfolders."""
    texts: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = str(path.relative_to(folder))
            texts[name] = path.read_text(encoding="utf-8")
    return texts


def _texts(folder: Path) -> dict[str, str]:
    """Return name → text of the parameters or tags in a folder."""
    return {name: text.strip() for name, text in _files(folder).items()}


def _curves(folder: Path) -> dict[str, dict[int, float]]:
    """Return metric → step → value, from lines `TIME VALUE STEP`."""
    curves: dict[str, dict[int, float]] = {}
    for name, text in _files(folder).items():
        curve: dict[int, float] = {}
        for line in text.splitlines():
            fields = line.split()
            if len(fields) >= 2:
                step = int(fields[2]) if len(fields) > 2 else len(curve)
                curve[step] = float(fields[1])
        curves[name] = curve
    return curves


MLFLOW = Reader("MLflow's run folders (mlruns)", _recognises, _read)
