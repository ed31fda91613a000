"""Train one trial in this process, from a study file or from another trial's `config.json`."""

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
from sweep.model.by_epoch import change_epochs, changing, shown
from sweep.model.domains import Constant, contains, describe
from sweep.model.epoch_numbers import budget_of
from sweep.model.trial import EpochReport, Goal
from sweep.model.trial_events import Natural
from sweep.session import study_place, trust
from sweep.session.first_configuration import first_configuration
from sweep.spec import StudySpec
from sweep.spec.reading import read as read_file
from sweep.worker.environment_values import filled
from sweep.worker.local_run import LocalRun
from sweep.worker.stretches import Stretches
from sweep.worker.training import limit_threads
from sweep.worker.trial_files import OUTPUT_FILE

_Text = Annotated[
    str, StringConstraints(pattern=r"^[^\x00]+$")
]  # no NUL: it names a file


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
    """Train one configuration and print each epoch.

    From a study file, it trains the baseline; open parameters take the middle of their domains.
    From a trial's `config.json`, it trains exactly that trial, with its seed and fold.

    Args:
        path: a study file, or a trial's `config.json`.
        overrides: see `sweep.spec.load`.
        profile: see `sweep.spec.load`.
        seed: replaces 0, or the trial's seed.
        folder: for checkpoints and history; None: a temporary folder.
        trusted: for a trial's `config.json`; see `sweep.study.resume`.
        say: prints a line.

    Raises:
        NotTrusted: the trial belongs to a study that this user did not start.
        StudyFileError, TrainerNotFound: see `sweep.spec.load`.
        UsageError: `path` is neither.
    """
    if path.suffix == ".json":
        trial = _from_trial(path, overrides)
        if trusted is not None:
            _check_trust(path, trial, trusted)
    else:
        trial = _from_study(path, overrides, profile)
    if seed is not None:
        trial["seed"] = seed
    function = command.load(trial["trainer"], trial["base"], trial.get("command"))
    limit_threads(1)
    settings = ", ".join(f"{n}={shown(v)}" for n, v in trial["config"].items())
    say(f"{trial['trainer']}, seed {trial['seed']}: {settings}")
    with tempfile.TemporaryDirectory(prefix="sweep-try-") as temporary:
        place = Path(folder or temporary)
        try:
            _train(trial, function, place, say)
        finally:
            _say_output(place, say)


def _train(
    trial: Mapping[str, Any],
    function: Callable[..., None],
    folder: Path,
    say: Callable[[str], None],
) -> None:
    """Train; the trainer is called anew wherever a value of the configuration changes."""
    config = dict(trial["config"])
    stretches = Stretches(
        filled(config) if trial.get("command") is None else config, None, {}
    )
    while True:
        run = _run(trial, stretches, folder, say)
        function(stretches.config, run)
        run.finish()
        if not stretches.go_on():
            return
        changed = {name: stretches.config[name] for name in changing(config)}
        say(
            "from this epoch on: "
            + ", ".join(f"{name}={v}" for name, v in changed.items())
        )


def _run(
    trial: Mapping[str, Any],
    stretches: Stretches,
    folder: Path,
    say: Callable[[str], None],
) -> LocalRun:
    """The `run` object of a stretch of the trial; it prints each epoch."""
    names, ends = changing(trial["config"]), change_epochs(trial["config"])

    def print_epoch(report: EpochReport) -> bool:
        """Print the scores of an epoch; True at the end of a stretch of constant values."""
        epoch = run.epochs_done(report.epoch)
        say(f"epoch {epoch:>3}  {report.seconds:6.2f} s  {_metrics_line(report)}")
        return stretches.ends_at(report, told_to_stop=False)

    run = LocalRun(
        folder,
        seed=trial["seed"],
        seeds=trial.get("seeds"),
        fold=trial["fold"],
        folds=trial["folds"],
        metric=trial["metric"],
        goal=trial["goal"],
        last_epoch=stretches.last_epoch,
        expected=stretches.checkpoints or None,
        on_report=print_epoch,
        epochs=budget_of(trial["config"]),
        explored={name: stretches.config[name] for name in names},
        kept_after=ends,
        notify=say,
    )
    return run


def _metrics_line(report: EpochReport) -> str:
    """Metrics of an epoch as text; a metric that is not finite is left out."""
    texts = []
    for name, value in sorted(report.metrics.items(), key=_headline):
        if value is not None:
            texts.append(f"{name} {value:.4f}")
    return "  ".join(texts)


def _say_output(folder: Path, say: Callable[[str], None]) -> None:
    """Print what a command wrote; its output goes to a file in the trial's folder."""
    path = folder / OUTPUT_FILE
    if path.is_file():
        say(path.read_text(encoding="utf-8", errors="replace").rstrip())


def _headline(item: tuple[str, float | None]) -> tuple[bool, str]:
    """Sort `val/…` and `test/…` first, before training losses and timings."""
    return not item[0].startswith(("val/", "test/")), item[0]


def _from_study(
    path: Path, overrides: Mapping[str, Any], profile: str | None
) -> dict[str, Any]:
    """What a study file's baseline trains, as a trial's `config.json` would say it."""
    values, settings = _values_and_settings(path, overrides)
    study = spec.load(path, overrides=settings, profile=profile, import_trainer=True)
    _check_values(study, values)
    return {
        "trainer": study.trainer,
        "command": study.command,
        "base": study.base_dir,
        "config": first_configuration(study, values),
        "seed": 0,
        "fold": None,
        "folds": None,
        "metric": study.metric.name,
        "goal": study.metric.goal,
    }


def _values_and_settings(
    path: Path, overrides: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Overrides that choose a value of an open parameter, and all others.

    A chosen value is a value of this trial only. Written into the study file it would make the
    parameter a constant, and there might be nothing left to search or to compare.
    """
    parameters = read_file(path, overrides).document.data.get("parameters")
    declared = parameters if isinstance(parameters, Mapping) else {}
    values: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    for key, value in overrides.items():
        chosen = isinstance(declared.get(key), Mapping)
        (values if chosen else settings)[key] = value
    return values, settings


def _check_values(study: StudySpec, values: Mapping[str, Any]) -> None:
    """Refuse a value that is not in its parameter's domain.

    Raises:
        UsageError: names the first such value, or the name of a group of parameters.
    """
    for name, value in values.items():
        if name not in study.parameters:
            raise UsageError(
                f"--set {name}: is a group of parameters; allowed: one parameter of it"
            )
        parameter = study.parameters[name]
        if isinstance(parameter.domain, Constant):
            continue
        if not contains(parameter.domain, value):
            allowed = describe(parameter.domain)
            raise UsageError(
                f"--set {name}: {value!r} is not in the parameter's domain; allowed: {allowed}"
            )


def _from_trial(path: Path, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """What a trial's `config.json` says.

    Raises:
        UsageError: the file cannot be read, or is no such file.
    """
    try:
        trial = orjson.loads(path.read_bytes())
        _TrialFile.model_validate(trial, strict=True)
    except (OSError, orjson.JSONDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    except ValidationError as error:
        raise UsageError(
            f"{path} is not a trial's config.json: {_first_of(error)}"
        ) from error
    base = _base(path, trial["base"])
    return {**trial, "base": base, "config": {**trial["config"], **overrides}}


class _TrialFile(BaseModel):
    """The fields that a trial's `config.json` must have; see `sweep.worker.trial_files`."""

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
    """The missing keys, or the first other error of a file."""
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    missing = [str(each["loc"][0]) for each in errors if each["type"] == "missing"]
    if missing:
        return f"it lacks {', '.join(sorted(missing))}"
    first = errors[0]
    key = ".".join(map(str, first["loc"]))
    message = str(first["msg"])
    return f"{key}: {message}" if key else message


def _check_trust(path: Path, trial: Mapping[str, Any], trusted: bool) -> None:
    """Ask the user about the code that a trial's `config.json` names; refuse it without consent.

    Raises:
        NotTrusted: the user does not trust it.
    """
    study = path.resolve().parent.parent.parent
    fields = trial.get("command")
    settings = None if fields is None else spec.Command.model_validate(fields)
    code = trust.code(trial["trainer"], settings, trial["base"])
    if code is None:
        return
    belongs_to_study = (study / FILE_NAME).is_file()
    if trusted or asking.ask(study if belongs_to_study else path.parent, code):
        if belongs_to_study:
            trust.remember(study, code)
    elif belongs_to_study:
        trust.require(study, code)
    else:
        raise NotTrusted(trust.refusal(path, code))


def _base(path: Path, recorded: str) -> str:
    """The study file's folder: that of the study around the trial, else the recorded one.

    Raises:
        StudyChanged: see `sweep.session.study_place`.
    """
    folder = path.resolve().parent.parent.parent
    if not (folder / FILE_NAME).is_file():
        return recorded
    return str(study_place.study_file(read(folder), folder, accept=False).parent)
