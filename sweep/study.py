"""Floor 11: run, resume and read studies: the public Python API.

From a notebook:

    import sweep
    study = sweep.run("search_spaces/focal.yaml")
    study = sweep.load("results/focal")
    study.trials()          # DataFrame, one row a trial
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from sweep import ablation, changed, durable, environment, search, signals, spec, warm_start
from sweep.errors import Interrupted, StudyExists, StudyNotFound, UnknownName, UsageError
from sweep.history import History
from sweep.log import FILE_NAME, Event, EventLog, Reader
from sweep.opening import read, resumed
from sweep.parameters import Constant
from sweep.reuse import Finished
from sweep.schedule import Listener, Schedule
from sweep.signals import Caught
from sweep.source_files import digests, source_files
from sweep.spec import StudySpec
from sweep.trainer import TrainerRef
from sweep.trainer import load as load_trainer
from sweep.worker import Job

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Engine = Literal["ray", "serial"]
RESULTS = Path("results")
STUDY_FILE, REPORT = "study.yaml", "report"


@dataclass(frozen=True)
class Study:
    """A study on disk, read from its log alone.

    Attributes:
        folder: `results/<name>`.
    """

    folder: Path

    @cached_property
    def history(self) -> History:
        """The fold of the log, read once."""
        return read(self.folder)

    def trials(self) -> pd.DataFrame:
        """One row a trial: number, stage, label, seed, fold, state, epochs, seconds, configuration, metrics."""
        from sweep.report.frames import trials_frame

        return trials_frame(self.history)

    def epochs(self) -> pd.DataFrame:
        """One row an epoch of a trial, with every metric reported."""
        from sweep.report.frames import epochs_frame

        return epochs_frame(self.history)

    def table(self, name: str = "ablation") -> pd.DataFrame:
        """A table of the report at full precision, one row an arm (or class, or trial); see `sweep.report.TABLES`.

        Raises:
            UnknownName: no such table.
            UsageError: the study has nothing to fill it with.
        """
        import pandas as pd

        from sweep import report

        built = report.build_tables(report.gather(self.history), [name])
        if not built:
            raise UsageError(f"{self.folder} has nothing to fill the {name} table with")
        return pd.concat([pd.DataFrame(table.records()) for table in built], ignore_index=True)

    def plot(self, name: str = "forest") -> Figure:
        """A figure of the report, to be shown or saved; see `sweep.report.figures.FIGURES`.

        Raises:
            UnknownName: no such figure.
            UsageError: the study has nothing to draw in it.
        """
        from sweep import report
        from sweep.report import figures

        drawn = figures.draw(name, report.gather(self.history))
        if drawn is None:
            raise UsageError(f"{self.folder} has nothing to draw in the {name} figure")
        return drawn.figure


def load(name: str | Path, *, results: Path = RESULTS) -> Study:
    """A study by name or folder.

    Raises:
        StudyNotFound: neither `name` nor `results/name` holds an event log; the message lists the studies there are.
    """
    for folder in (Path(name), results / str(name)):
        if (folder / FILE_NAME).is_file():
            return Study(folder)
    there = ", ".join(study.folder.name for study in studies(results)) or "none yet"
    raise StudyNotFound(f"no study {str(name)!r} in {results}/; studies there: {there}")


def find(path: str | Path) -> Path:
    """A file as the user named it, or the study file of that name that is shipped with the package.

    `search_spaces/focal.yaml` and `focal` both find the shipped one where the folder is not at hand.
    """
    path = Path(path)
    if path.exists() or (len(path.parts) > 1 and path.parts[0] != "search_spaces"):
        return path
    shipped = resources.files("search_spaces") / path.with_suffix(".yaml").name
    return Path(str(shipped)) if shipped.is_file() else path


def studies(results: Path = RESULTS) -> list[Study]:
    """Every study in a results folder, by name."""
    return [Study(path.parent) for path in sorted(results.glob(f"*/{FILE_NAME}"))]


def run(
    path: str | Path,
    *,
    results: Path = RESULTS,
    overrides: Mapping[str, Any] | None = None,
    profile: str | None = None,
    engine: Engine = "ray",
    go_on: bool = False,
    accept_changes: bool = False,
    listen: Listener = lambda history, event: None,
) -> Study:
    """Start a study from its file and run it to the end.

    Args:
        overrides: parameter or dotted key → value, as `--set` gives them.
        go_on: if the study is there already, and this file is what it was started with, go on where its log ends.
        accept_changes: see `resume`; matters to a study that goes on.
        engine: `ray` fans trials out over workers; `serial` runs them in this process.
        listen: called after every event with the history that contains it.

    Raises:
        StudyFileError: the file is wrong; nothing was written.
        TrainerNotFound: the trainer cannot be imported; nothing was written.
        StudyExists: there is a study of that name.
        CannotWrite: the results folder cannot be written, now or later; `resume` continues.
        StudyNotFound, UsageError: a study of `search.warm_start` is not there, or optimised another metric.
        Interrupted: SIGINT or SIGTERM; `resume` continues.
    """
    _check_engine(engine)
    wanted = spec.load(path, overrides=overrides, profile=profile, import_trainer=True)
    folder = results / wanted.slug
    if (folder / FILE_NAME).exists() and next(iter(Reader(folder / FILE_NAME)), None) is not None:
        if go_on and Study(folder).history.spec.digest == wanted.digest:
            return _work(folder, engine, listen, extend=False, accept=accept_changes)
        raise StudyExists(_exists(folder, wanted))
    earlier = warm_start.events(wanted, folder)
    durable.make_folder(folder)
    with EventLog(folder / FILE_NAME) as log:
        if log.count:  # another process was faster
            raise StudyExists(_exists(folder, wanted))
        log.append(
            {
                "event": "study_created",
                "spec": wanted.canonical(),
                "source": wanted.source,
                "path": str(Path(path).resolve()),
                "overrides": dict(overrides or {}),
                "profile": profile,
            },
            *earlier,
        )
        durable.write_file(folder / STUDY_FILE, wanted.source.encode())
    return _work(folder, engine, listen, extend=False, accept=False, notes=wanted.notes)


def resume(
    name: str | Path,
    *,
    results: Path = RESULTS,
    engine: Engine = "ray",
    extend: bool = False,
    accept_changes: bool = False,
    listen: Listener = lambda history, event: None,
) -> Study:
    """Go on with a study where its log ends; trials that ended are never run again.

    Args:
        extend: take in more trials, seeds or arms from the edited study file.
        accept_changes: go on although the trainer's code, its data or a library changed since the last session; the
            table marks the rows that mix both.

    Raises:
        StudyNotFound, StudyLocked, LogDamaged: see there.
        StudyChanged: the study file was edited in a way that this study cannot take in, or what the numbers depend on
            changed.
        Interrupted: SIGINT or SIGTERM; `resume` continues.
    """
    _check_engine(engine)
    return _work(load(name, results=results).folder, engine, listen, extend, accept_changes)


def _check_engine(engine: str) -> None:
    if engine not in get_args(Engine):
        raise UnknownName("engine", engine, get_args(Engine))


def _work(
    folder: Path, engine: Engine, listen: Listener, extend: bool, accept: bool, notes: Sequence[str] = ()
) -> Study:
    """One session: take the log, bring it up to date with the study file, run what is left.

    Args:
        notes: of the study file, for the log.
    """
    log, history = _opened(folder)
    with log:
        edits = changed.study_file(history, history.created, extend)
        trainer = history.spec.reference()
        if trainer.kind in ("module", "file"):  # bundled ones are known to import; torch here costs time
            load_trainer(trainer)
        started = _session_started(history, trainer)
        edits += changed.surroundings(history, started, more_work=bool(edits), accept=accept)
        stages = [search.propose, ablation.propose]
        schedule = Schedule(log, history, stages, folder, listen, reuse=Finished(history, folder))
        noted = [{"event": "notice", "message": text, "trial": None} for text in notes]
        # Those of `run` are there already, unless it was killed in the middle of its first write.
        earlier = warm_start.events(history.spec, folder, history)
        schedule.record(started, *edits, *noted, *earlier, *_room(folder), *_cut(log))
        with signals.caught_by(schedule) as caught:
            _run_and_close(schedule, engine, caught, lambda: changed.while_running(started, _files(trainer)))
    if caught.number is not None:
        raise Interrupted(caught.number, _interrupted_text(history, folder, caught.number))
    if schedule.stop_reason:
        raise schedule.stop_error(schedule.stop_reason)
    return Study(folder)


def _run_and_close(schedule: Schedule, engine: Engine, caught: Caught, notices: Callable[[], list[Event]]) -> None:
    """Execute, and record how the session ended, whatever happens, after what is to be noted of it."""
    ended = "failed"
    try:
        _execute(schedule, schedule.history, engine, caught)
        ended = schedule.stop_reason or "done"
    except Exception as error:
        ended = f"failed: {type(error).__name__}: {error}".splitlines()[0]
        raise
    finally:
        schedule.abandon()
        schedule.record(*notices(), {"event": "session_ended", "reason": ended})


def _session_started(history: History, trainer: TrainerRef) -> dict[str, Any]:
    return {
        "event": "session_started",
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "command": " ".join(sys.argv),
        "environment": environment.describe(trainer, _data(history.spec, trainer)),
        "files": _files(trainer),
    }


def _files(trainer: TrainerRef) -> dict[str, str]:
    return digests(source_files(trainer))


def _room(folder: Path) -> list[dict[str, Any]]:
    """A notice where the disk is nearly full. No caveat of the table: it says nothing about the numbers."""
    free = durable.free(folder)
    if free is None or free >= durable.LITTLE:
        return []
    text = f"only {durable.size(free)} free in {folder}: the study pauses, and can be resumed, once it cannot write"
    return [{"event": "notice", "message": text, "trial": None, "caveat": False}]


def _cut(log: EventLog) -> list[dict[str, Any]]:
    if not log.cut:
        return []
    text = f"the log ended in an incomplete record of {log.cut} bytes, which was cut; nothing had acted on it"
    return [{"event": "notice", "message": text, "trial": None}]


def _data(wanted: StudySpec, trainer: TrainerRef) -> str:
    """The data set all trials share: the study's constant `data`, else the trainer's default; "" if neither says."""
    said = wanted.parameters.get("data")
    if said is not None:
        return str(said.domain.value) if isinstance(said.domain, Constant) else ""
    field = trainer.settings.model_fields.get("data") if trainer.settings is not None else None
    return str(field.default) if field is not None else ""


def _opened(folder: Path) -> tuple[EventLog, History]:
    try:
        return resumed(folder)
    except StudyNotFound as error:
        raise StudyNotFound(
            f"{folder / FILE_NAME} is empty: the process that started the study was killed before its first record. "
            f"There is nothing to go on with: `sweep run` the study file again."
        ) from error


def _execute(schedule: Schedule, history: History, engine: Engine, caught: Caught) -> None:
    limits = history.spec.resources
    job = Job(
        study=history.spec.name,
        trainer=history.spec.trainer,
        base=history.spec.base_dir,
        command=None if history.spec.command is None else history.spec.command.model_dump(mode="json"),
        metric=history.spec.metric.name,
        goal=history.spec.metric.goal,
        checkpoint_every=history.spec.checkpoint.every,
        checkpoint_keep=history.spec.checkpoint.keep,
    )
    tick = signals.grace(caught, limits.grace_seconds)
    with suppress(signals.GraceOver):
        if engine == "serial":
            from sweep import serial

            serial.execute(schedule, job, tick)
        elif engine == "ray":
            from sweep import engine as ray_engine

            ray_engine.execute(schedule, job, limits, tick)


def _interrupted_text(history: History, folder: Path, number: int) -> str:
    ended = sum(t.state.finished for t in history.trials.values())
    return (
        f"interrupted by {signal.Signals(number).name}: {ended} trials have ended and are safe, "
        f"{len(history.unfinished())} will go on from their checkpoints.\nContinue with: sweep resume {folder}"
    )


def _exists(folder: Path, wanted: StudySpec) -> str:
    there = Study(folder).history
    if there.spec.digest == wanted.digest:
        return (
            f"{folder} already holds this study. Continue with: sweep resume {folder}, "
            f"or print it: sweep report {folder}"
        )
    changes = "\n    ".join(spec.diff(there.spec, wanted))
    return (
        f"{folder} holds a study of the same name with other settings:\n    {changes}\n"
        f"Give this one another name (--set name=…), or remove the folder."
    )
