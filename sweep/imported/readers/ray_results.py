"""Ray Tune's results: `result.json` (one object for each report) and `params.json` per trial."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from sweep.errors import UsageError
from sweep.imported.readers.protocol import Reader
from sweep.imported.table import EPOCH, RUN, SECONDS, STATE, Table, joined

_RESULTS = "result.json"
_SETTINGS = "params.json"
_ERROR = "error.txt"  # of a trial that failed
# Keys that Ray adds to each report.
_ADDED_BY_RAY = frozenset({
    "timestamp", "checkpoint_dir_name", "should_checkpoint", "done", "training_iteration",
    "trial_id", "date", "time_this_iter_s", "time_total_s", "pid", "hostname", "node_ip", "config",
    "time_since_restore", "iterations_since_restore", "experiment_tag", "timesteps_total",
    "episodes_total",
})  # fmt: skip


def _folders(path: Path) -> list[Path]:
    """Return the folders of trials in the folder of a trial or of one or more experiments."""
    if (path / _RESULTS).is_file():
        return [path]
    for pattern in (f"*/{_RESULTS}", f"*/*/{_RESULTS}"):
        folders = sorted(results.parent for results in path.glob(pattern))
        if folders:
            return folders
    return []


def _recognises(path: Path) -> bool:
    """Return whether a folder has results of Ray Tune."""
    return path.is_dir() and bool(_folders(path))


def _read(path: Path) -> Table:
    """Read all trials below a folder."""
    return joined([_trial(folder) for folder in _folders(path)])


def _trial(folder: Path) -> Table:
    """Read one trial: a row for each report."""
    reports = [_object(line, folder) for line in _lines(folder / _RESULTS)]
    settings = _flat(_settings(folder, reports))
    rows: list[dict[str, Any]] = []
    metrics: dict[str, None] = {}
    for position, report in enumerate(reports):
        values = _without_ray_keys(_flat(report))
        metrics.update(dict.fromkeys(values))
        iteration = int(report.get("training_iteration", position + 1))
        seconds = report.get("time_this_iter_s", 0.0)
        row = {**settings, **values, EPOCH: iteration - 1, SECONDS: seconds}
        rows.append(row)
    if not rows:  # a trial that failed before its first report is a run too
        rows.append(dict(settings))
    failed = not reports or (folder / _ERROR).exists()
    state = "failed" if failed else "complete"
    of_trial = {RUN: folder.name, STATE: state}
    frame = pd.DataFrame(rows).assign(**of_trial)
    return Table(frame, tuple(settings), tuple(metrics))


def _without_ray_keys(report: dict[str, Any]) -> dict[str, Any]:
    """Return the report without the keys that Ray adds."""
    own = {}
    for name, value in report.items():
        top_level, _, _ = name.partition("/")
        if top_level not in _ADDED_BY_RAY:
            own[name] = value
    return own


def _lines(path: Path) -> list[str]:
    """Return the lines of a file that are not blank."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip()]


def _object(line: str, folder: Path) -> dict[str, Any]:
    """Return the JSON object of a line."""
    try:
        loaded = json.loads(line)
    except ValueError:
        loaded = None
    if not isinstance(loaded, dict):
        raise UsageError(f"{folder / _RESULTS}: {line[:80]!r} is not a JSON object")
    return loaded


def _settings(folder: Path, reports: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a trial's configuration, from `params.json` or its last report."""
    path = folder / _SETTINGS
    if path.is_file():
        return _object(path.read_text(encoding="utf-8"), folder)
    if not reports:
        return {}
    config = reports[-1].get("config")
    return config if isinstance(config, dict) else {}


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested values under keys joined with `/`, as Ray does."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        full_name = f"{prefix}{name}"
        if isinstance(value, dict):
            flat.update(_flat(value, f"{full_name}/"))
        else:
            flat[full_name] = value
    return flat


RAY = Reader(
    "Ray Tune's results (a folder of trials with result.json)", _recognises, _read
)
