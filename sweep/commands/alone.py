"""One trial in this process, from a study file or from the `config.json` another trial left."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from sweep import command, spec
from sweep.errors import UsageError
from sweep.model.trial import EpochReport
from sweep.session import plan
from sweep.worker.local_run import LocalRun
from sweep.worker.training import limit_threads
from sweep.worker.trial_files import OUTPUT_FILE


def train(
    path: Path,
    *,
    overrides: Mapping[str, Any],
    profile: str | None = None,
    seed: int | None = None,
    folder: Path | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Train one configuration and say each epoch.

    A study file gives its baseline, with the middle of each domain for what the baseline leaves
    open; a trial's `config.json` gives exactly that trial, with its seed and fold.

    Args:
        seed: instead of 0, or of the trial's own.
        folder: for checkpoints and history; a folder that is thrown away unless given.

    Raises:
        StudyFileError, TrainerNotFound: see `sweep.spec.load`.
        UsageError: `path` is neither.
    """
    trial = (
        _from_trial(path, overrides)
        if path.suffix == ".json"
        else _from_study(path, overrides, profile)
    )
    if seed is not None:
        trial["seed"] = seed
    function = command.load(trial["trainer"], trial["base"], trial.get("command"))
    limit_threads(1)
    say(
        f"{trial['trainer']}, seed {trial['seed']}: "
        + ", ".join(f"{k}={v}" for k, v in trial["config"].items())
    )

    def hear(report: EpochReport) -> bool:
        shown = "  ".join(
            f"{k} {v:.4f}"
            for k, v in sorted(report.metrics.items(), key=_headline)
            if v is not None
        )
        say(f"epoch {report.epoch:>3}  {report.seconds:6.2f} s  {shown}")
        return False

    with tempfile.TemporaryDirectory(prefix="sweep-try-") as thrown_away:
        run = LocalRun(
            folder or thrown_away,
            seed=trial["seed"],
            fold=trial["fold"],
            folds=trial["folds"],
            metric=trial["metric"],
            goal=trial["goal"],
            on_report=hear,
            notify=say,
        )
        try:
            function(dict(trial["config"]), run)
            run.finish()
        finally:
            if (
                said := run.folder / OUTPUT_FILE
            ).is_file():  # a command's output goes to a file of its own
                say(said.read_text(encoding="utf-8", errors="replace").rstrip())


def _headline(item: tuple[str, float | None]) -> tuple[bool, str]:
    """Scores before losses, weights and timings: `val/…` and `test/…` first."""
    return not item[0].startswith(("val/", "test/")), item[0]


def _from_study(path: Path, overrides: Mapping[str, Any], profile: str | None) -> dict[str, Any]:
    wanted = spec.load(path, overrides=overrides, profile=profile, import_trainer=True)
    return {
        "trainer": wanted.trainer,
        "command": wanted.command,
        "base": wanted.base_dir,
        "config": plan.first_configuration(wanted),
        "seed": 0,
        "fold": None,
        "folds": None,
        "metric": wanted.metric.name,
        "goal": wanted.metric.goal,
    }


def _from_trial(path: Path, overrides: Mapping[str, Any]) -> dict[str, Any]:
    keys = {"trainer", "base", "config", "seed", "fold", "folds", "metric", "goal"}
    try:
        trial = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    if not isinstance(trial, dict) or not keys <= trial.keys():
        raise UsageError(f"{path} is not a trial's config.json: it needs {', '.join(sorted(keys))}")
    return {**trial, "config": {**trial["config"], **overrides}}
