"""The folder and the log of a study whose runs were trained elsewhere."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sweep import durable, secrets
from sweep.errors import StudyExists
from sweep.history.event_records import to_record
from sweep.imported.ended_trials import ended_trial
from sweep.imported.runs import Run, Runs
from sweep.imported.specification import ELSEWHERE, TRAINER, Wanted
from sweep.log.event_log import FILE_NAME, EventLog
from sweep.model.events import (
    ArmsDecided,
    Event,
    Notice,
    RunsImported,
    SessionEnded,
    SessionStarted,
    StudyCreated,
)
from sweep.model.trial import State
from sweep.model.trial_events import TrialCreated, TrialFinished
from sweep.study_file import STUDY_FILE

_UNFINISHED = f".{FILE_NAME}.importing-"


def write(folder: Path, events: Sequence[Event], source: str) -> None:
    """A new study from its events: whole, or, where this process is killed, none.

    The log takes its name when it is complete: a part of it would be a study with fewer runs.

    Raises:
        StudyExists: there is one in the folder.
        CannotWrite: the folder cannot be written.
    """
    if (folder / FILE_NAME).exists():
        raise StudyExists(f"{folder} already holds a study; give this one another name")
    durable.make_folder(folder)
    for left_by_a_killed_import in folder.glob(f"{_UNFINISHED}*"):
        left_by_a_killed_import.unlink(missing_ok=True)
    aside = folder / f"{_UNFINISHED}{os.getpid()}"
    with EventLog(aside) as log:
        log.append(*map(to_record, events))
    durable.write_file(folder / STUDY_FILE, source.encode())
    durable.replace(aside, folder / FILE_NAME)


def events(
    wanted: Wanted, runs: Runs, imported: RunsImported, caveats: Sequence[str]
) -> Iterator[Event]:
    """The log of a study of these runs.

    Args:
        caveats: sentences that every table has to show, beyond those of the runs.
    """
    spec = wanted.spec
    yield StudyCreated(spec=spec.canonical(), source=spec.source)
    yield imported
    yield session({"trainer": TRAINER})
    for text in (ELSEWHERE, *caveats, *runs.caveats):
        yield Notice(text)
    yield ArmsDecided(wanted.arms)
    configurations = {arm.name: arm.config for arm in wanted.arms}
    for number, run in enumerate(runs.runs):
        yield from _trial(number, run, configurations[run.arm])
    yield SessionEnded("done")


def session(environment: Mapping[str, str]) -> SessionStarted:
    """The session in which runs were read; nothing was trained in it."""
    return SessionStarted(
        pid=os.getpid(),
        host=socket.gethostname(),
        command=secrets.masked(sys.argv),
        environment=environment,
    )


def _trial(number: int, run: Run, config: Mapping[str, object]) -> Iterator[Event]:
    created = TrialCreated(
        trial=number,
        stage="ablation",
        label=run.arm,
        config=config,
        seed=run.seed,
        fold=run.fold,
        attributes={},
    )
    reason = (
        ""
        if run.state is State.COMPLETE
        else f"{run.state.value}, as stated by the source"
    )
    finished = TrialFinished(trial=number, state=run.state, reason=reason, overhead=0.0)
    yield from ended_trial(created, 1, run.reports, finished)
