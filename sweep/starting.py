"""Start a study: from its file or from Python values to the first record of its log."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sweep_trainers
from sweep import durable, secrets, spec, trackers, trainer
from sweep.engines import ENGINES
from sweep.errors import StudyChanged, StudyExists
from sweep.function_file import FunctionTrainer, pack
from sweep.function_source import is_importable
from sweep.history.event_records import to_record
from sweep.history.history import History
from sweep.history.opening import read
from sweep.log.event_log import FILE_NAME, EventLog
from sweep.log.lock import is_held
from sweep.log.reader import Reader
from sweep.model.events import StudyCreated
from sweep.search import warm_start
from sweep.session.changes import only_adds_work
from sweep.session.options import SessionOptions
from sweep.session.recorder import Listener
from sweep.session.run_target import EngineName
from sweep.session.session import work
from sweep.spec import StudySpec
from sweep.spec.from_python import NAME, anchored
from sweep.study_file import STUDY_FILE
from sweep.trainer import TrainerRef
from sweep.trainer_form import check_form


@dataclass(frozen=True)
class Wanted:
    """A study to run.

    Attributes:
        spec: the validated study.
        folder: its folder, which may not exist yet.
        path: the study file; for a study given in Python, the one in its folder.
        overrides: see `sweep.study.run`.
        profile: see `sweep.study.run`.
        function: the trainer, where it was handed over as one.
    """

    spec: StudySpec
    folder: Path
    path: Path
    overrides: Mapping[str, Any]
    profile: str | None
    function: FunctionTrainer | None = None


@dataclass(frozen=True)
class How:
    """How a study runs; see `sweep.study.run`."""

    engine: EngineName
    address: str | None
    storage: str | None
    go_on: bool
    extend: bool
    accept_changes: bool
    probe: bool = True


def wanted(
    study: str | Path | Mapping[str, Any],
    results: Path,
    overrides: Mapping[str, Any] | None,
    profile: str | None,
) -> Wanted:
    """The study that a file or values define. Nothing is written.

    Raises:
        StudyFileError, TrainerNotFound: see `sweep.study.run`.
    """
    overrides = dict(overrides or {})
    if isinstance(study, Mapping):
        return _from_values(study, results, overrides, profile)
    found = spec.load(study, overrides=overrides, profile=profile, import_trainer=True)
    secrets.refuse(found.canonical(), str(study), found.source)
    return Wanted(
        found, results / found.slug, Path(study).resolve(), overrides, profile
    )


def _from_values(
    values: Mapping[str, Any],
    results: Path,
    overrides: Mapping[str, Any],
    profile: str | None,
) -> Wanted:
    given = values.get("trainer")
    named = anchored(_named(values, given), Path.cwd())
    function, ref = None, None
    if given is not None and callable(named.get("trainer")):
        check_form(given, f"trainer={_called(given)}")
        function = pack(given)
        ref = trainer.of_function(TrainerRef("function", function.reference), given)
        named = {**named, "trainer": function.reference}
    name = function.name if function is not None else _name(named)
    found = spec.load_values(
        named,
        name=name,
        base_dir=results,
        ref=ref,
        overrides=overrides,
        profile=profile,
    )
    secrets.refuse(found.canonical(), NAME, found.source)
    folder = results / found.slug
    found = replace(found, base_dir=str(folder.resolve()))
    return Wanted(
        found, folder, (folder / STUDY_FILE).resolve(), overrides, profile, function
    )


def _named(values: Mapping[str, Any], given: Any) -> Mapping[str, Any]:
    """The values with the trainer's name, if another process can import the function."""
    if not callable(given) or not is_importable(given):
        return values
    name = f"{given.__module__}:{given.__qualname__}"
    for bundled, target in sweep_trainers.BUNDLED.items():
        module, _, function = target.partition(":")
        if getattr(importlib.import_module(module), function) is given:
            name = bundled
    return {**values, "trainer": name}


def _called(given: Any) -> str:
    return str(getattr(given, "__qualname__", type(given).__qualname__))


def _name(values: Mapping[str, Any]) -> str:
    """The name of a study without a name: that of its trainer."""
    named = values.get("trainer")
    return named.rpartition(":")[2] if isinstance(named, str) and named else "study"


def start(wanted: Wanted, how: How, listen: Listener) -> None:
    """Write the first record of a study's log and run it, or continue it.

    Raises:
        StudyExists, StudyChanged, CannotWrite, Interrupted: see `sweep.study.run`.
    """
    folder = wanted.folder
    if (folder / FILE_NAME).exists() and next(
        iter(Reader(folder / FILE_NAME)), None
    ) is not None:
        _go_on(wanted, how, listen)
        return
    trackers.check(wanted.spec.trackers.wanted)
    earlier = warm_start.events(wanted.spec, folder)
    durable.make_folder(folder)
    with EventLog(folder / FILE_NAME) as log:
        if log.count:  # another process was faster
            raise StudyExists(_exists(wanted, read(folder)))
        created = StudyCreated(
            spec=wanted.spec.canonical(),
            source=wanted.spec.source,
            path=str(wanted.path),
            overrides=dict(wanted.overrides),
            profile=wanted.profile,
        )
        if wanted.function is not None:
            wanted.function.write(folder)
        log.append(*map(to_record, (created, *earlier)))
        durable.write_file(folder / STUDY_FILE, wanted.spec.source.encode())
    _work(wanted, how, listen, wanted.spec.notes)


def _go_on(wanted: Wanted, how: How, listen: Listener) -> None:
    there = read(wanted.folder)
    is_same = there.spec.digest == wanted.spec.digest
    may = how.go_on or not there.trials  # nothing was started: nothing is lost
    if not (is_same and may) and not how.extend:
        raise StudyExists(_exists(wanted, there))
    _check_function(wanted, how)
    from_values = wanted.path.parent == wanted.folder.resolve()
    kept = wanted.path.read_bytes() if from_values and wanted.path.is_file() else None
    if kept is not None and how.extend:
        durable.write_file(wanted.path, wanted.spec.source.encode())
    try:
        _work(wanted, how, listen)
    except StudyChanged:
        if kept is not None:
            durable.write_file(wanted.path, kept)
        raise


def _check_function(wanted: Wanted, how: How) -> None:
    """Refuse a function that differs from the study's, or replace it if changes are accepted.

    Raises:
        StudyChanged: it differs; the message shows the difference.
    """
    if wanted.function is None:
        return
    changes = wanted.function.changes(wanted.folder)
    if not changes:
        return
    if is_held(wanted.folder / FILE_NAME):
        return  # whoever works on it is named when its log is opened
    if how.accept_changes:
        wanted.function.write(wanted.folder)
        return
    listed = "\n    ".join(changes)
    raise StudyChanged(
        f"the trainer {wanted.function.name} is not the one that {wanted.folder} "
        f"was started with:\n    {listed}\nTrials before and after may not be "
        "comparable. Undo the changes; or continue with accept_changes=True, and "
        "the tables will mark the rows that mix both; or start a new study "
        "(name=…)."
    )


def _work(
    wanted: Wanted, how: How, listen: Listener, notes: tuple[str, ...] = ()
) -> None:
    options = SessionOptions(
        extend=how.extend,
        accept=how.accept_changes,
        notes=notes,
        address=how.address,
        storage=how.storage,
        study_file=wanted.path,
        probe=how.probe and how.engine != "debug",
    )
    work(wanted.folder, ENGINES[how.engine], listen, options)


def _exists(wanted: Wanted, there: History) -> str:
    folder = wanted.folder
    other = [] if wanted.function is None else wanted.function.changes(folder)
    if there.spec.digest == wanted.spec.digest and other:
        listed = "\n    ".join(other)
        return (
            f"{folder} holds this study with another trainer:\n    {listed}\n"
            f"Give this one another name (name=…), or remove the folder."
        )
    if there.spec.digest == wanted.spec.digest:
        return (
            f"{folder} already holds this study. Continue with: sweep resume {folder}, "
            f"or print it: sweep report {folder}"
        )
    changes = "\n    ".join(spec.diff(there.spec, wanted.spec))
    if only_adds_work(there.spec, wanted.spec):
        return (
            f"{folder} holds an earlier version of this study:\n    {changes}\nAdd "
            f"the new work with: sweep resume {folder} --extend, or give this one "
            "another name (--set name=…)."
        )
    return (
        f"{folder} holds a study of the same name with other settings:\n    {changes}\n"
        f"Give this one another name (--set name=…), or remove the folder."
    )
