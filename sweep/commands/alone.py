"""One trial in this process, from a study file or from the `config.json` another trial left."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, StringConstraints, ValidationError, field_validator

from sweep import command, spec
from sweep.commands import asking
from sweep.errors import NotTrusted, UsageError
from sweep.history.opening import read
from sweep.log.event_log import FILE_NAME
from sweep.model.epoch_numbers import budget_of
from sweep.model.trial import EpochReport, Goal
from sweep.model.trial_events import Natural
from sweep.session import plan, study_place, trust
from sweep.worker.environment_values import filled
from sweep.worker.local_run import LocalRun
from sweep.worker.training import limit_threads
from sweep.worker.trial_files import OUTPUT_FILE

_Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]+$")]  # no NUL: it names a file


def train(
    path: Path,
    *,
    overrides: Mapping[str, Any],
    profile: str | None = None,
    seed: int | None = None,
    folder: Path | None = None,
    trusted: bool | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Train one configuration and say each epoch.

    A study file gives its baseline, with the middle of each domain for what the baseline leaves
    open; a trial's `config.json` gives exactly that trial, with its seed and fold.

    Args:
        seed: instead of 0, or of the trial's own.
        folder: for checkpoints and history; a folder that is thrown away unless given.
        trusted: of a trial's `config.json`: as for `sweep.study.resume`.

    Raises:
        NotTrusted: the trial is of a study that this user did not start.
        StudyFileError, TrainerNotFound: see `sweep.spec.load`.
        UsageError: `path` is neither.
    """
    trial = (
        _from_trial(path, overrides)
        if path.suffix == ".json"
        else _from_study(path, overrides, profile)
    )
    if path.suffix == ".json" and trusted is not None:
        _check_trust(path, trial, trusted)
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
        say(f"epoch {run.epochs_done(report.epoch):>3}  {report.seconds:6.2f} s  {shown}")
        return False

    with tempfile.TemporaryDirectory(prefix="sweep-try-") as thrown_away:
        run = LocalRun(
            folder or thrown_away,
            seed=trial["seed"],
            seeds=trial.get("seeds"),
            fold=trial["fold"],
            folds=trial["folds"],
            metric=trial["metric"],
            goal=trial["goal"],
            on_report=hear,
            epochs=budget_of(trial["config"]),
            notify=say,
        )
        try:
            config = dict(trial["config"])
            function(filled(config) if trial.get("command") is None else config, run)
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
    try:
        trial = orjson.loads(path.read_bytes())
        _TrialFile.model_validate(trial, strict=True)
    except (OSError, orjson.JSONDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    except ValidationError as error:
        raise UsageError(f"{path} is not a trial's config.json: {_first_of(error)}") from error
    base = _base(path, trial["base"])
    return {**trial, "base": base, "config": {**trial["config"], **overrides}}


class _TrialFile(BaseModel):
    """What a trial's `config.json` must hold, whoever wrote it; see `sweep.worker.trial_files`."""

    trainer: _Text
    base: _Text
    config: dict[str, Any]
    seed: Natural
    seeds: dict[str, Natural] | None = None
    fold: Natural | None
    folds: Natural | None
    metric: str
    goal: Goal
    command: dict[str, Any] | None = None

    @field_validator("command")
    @classmethod
    def _is_a_command(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None:
            spec.Command.model_validate(value)
        return value


def _first_of(error: ValidationError) -> str:
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    lacking = [str(each["loc"][0]) for each in errors if each["type"] == "missing"]
    if lacking:
        return f"it needs {', '.join(sorted(lacking))}"
    first = errors[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else str(first["msg"])


def _check_trust(path: Path, trial: Mapping[str, Any], trusted: bool) -> None:
    """Ask about, or refuse, the code that a trial's `config.json` names."""
    study = path.resolve().parent.parent.parent
    given = trial.get("command")
    described = None if given is None else spec.Command.model_validate(given)
    code = trust.code(trial["trainer"], described, trial["base"])
    if code is None:
        return
    known = (study / FILE_NAME).is_file()
    if trusted or asking.ask(study if known else path.parent, code):
        if known:
            trust.remember(study, code)
    elif known:
        trust.require(study, code)
    else:
        raise NotTrusted(trust.refusal(path, code))


def _base(path: Path, recorded: str) -> str:
    """The folder of the study file: of the study that the trial's folder lies in, else as recorded.

    Raises:
        StudyChanged: see `sweep.session.study_place`.
    """
    folder = path.resolve().parent.parent.parent
    if not (folder / FILE_NAME).is_file():
        return recorded
    return str(study_place.study_file(read(folder), folder, accept=False).parent)
