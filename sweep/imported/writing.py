"""Write the folder and the log of a study whose runs were trained elsewhere."""

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
from sweep.imported.specification import ELSEWHERE, TRAINER, DescribedStudy
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
    """Write a new study from its events, completely or not at all.

    The log gets its final name only when it is complete. If this process is killed before that, no
    study with fewer runs remains.

    Raises:
        StudyExists: the folder has a study.
        CannotWrite: the folder cannot be written.
    """
    if (folder / FILE_NAME).exists():
        raise StudyExists(f"{folder} already holds a study; give this one another name")
    durable.make_folder(folder)
    for leftover in folder.glob(f"{_UNFINISHED}*"):  # of an import that was killed
        leftover.unlink(missing_ok=True)
    unfinished = folder / f"{_UNFINISHED}{os.getpid()}"
    with EventLog(unfinished) as log:
        log.append(*map(to_record, events))
    durable.write_file(folder / STUDY_FILE, source.encode())
    durable.replace(unfinished, folder / FILE_NAME)


def events(
    described: DescribedStudy,
    runs: Runs,
    imported: RunsImported,
    caveats: Sequence[str],
) -> Iterator[Event]:
    """Yield the events of a study of these runs.

    Args:
        described: the study and its arms.
        runs: the runs, which become trials.
        imported: the event that names the source's files.
        caveats: sentences that every table must show, in addition to those of the runs.
    """
    spec = described.spec
    yield StudyCreated(spec=spec.canonical(), source=spec.source)
    yield imported
    yield session({"trainer": TRAINER})
    for text in (ELSEWHERE, *caveats, *runs.caveats):
        yield Notice(text)
    yield ArmsDecided(described.arms)
    configurations = {arm.name: arm.config for arm in described.arms}
    for number, run in enumerate(runs.runs):
        yield from _trial(number, run, configurations[run.arm])
    yield SessionEnded("done")


def session(environment: Mapping[str, str]) -> SessionStarted:
    """Return the session that imports the runs; it trains nothing."""
    return SessionStarted(
        pid=os.getpid(),
        host=socket.gethostname(),
        command=secrets.masked(sys.argv),
        environment=environment,
    )


def _trial(number: int, run: Run, config: Mapping[str, object]) -> Iterator[Event]:
    """Yield the events of one run, as a trial."""
    created = TrialCreated(
        trial=number,
        stage="ablation",
        label=run.arm,
        config=config,
        seed=run.seed,
        fold=run.fold,
        attributes={},
    )
    reason = ""
    if run.state is not State.COMPLETE:
        reason = f"{run.state.value}, as stated by the source"
    finished = TrialFinished(trial=number, state=run.state, reason=reason, overhead=0.0)
    yield from ended_trial(created, 1, run.reports, finished)
