"""One session: what its log says of it from its beginning to its end, whatever ends it."""

import pytest

from sweep.errors import StudyNotFound
from sweep.history.history import Session
from sweep.history.opening import read
from sweep.log.reader import replay
from sweep.session.options import SessionOptions
from sweep.session.session import work
from tests.sweep.small import run


def kinds(folder):
    return [record["event"] for record in replay(folder / "events.jsonl").events]


def silent(history, event):
    """A listener that does nothing."""


def nothing(schedule, job, resources, tick, address):
    """An engine that runs no trial."""


@pytest.fixture
def folder(home):
    """A study that is created and has run no trial."""
    run()
    path = home / "results/small/events.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    return path.parent


def test_a_session_is_recorded_from_its_start_to_its_end(folder):
    work(folder, nothing, silent, SessionOptions(notes=("a note",)))
    assert kinds(folder) == [
        "study_created",
        "session_started",
        "notice",
        "session_ended",
    ]
    (session,) = read(folder).sessions
    assert isinstance(session, Session)
    assert session.ended == "done"
    assert session.environment["python"]
    assert "own.py" in session.files
    assert session.storage is None


def test_an_engine_that_raises_ends_the_session_with_its_reason(folder):
    def broken(schedule, job, resources, tick, address):
        raise RuntimeError("no worker\nand more lines")

    with pytest.raises(RuntimeError, match="no worker"):
        work(folder, broken, silent)
    assert read(folder).sessions[-1].ended == "failed: RuntimeError: no worker"


def test_trials_that_are_with_a_worker_when_the_engine_ends_are_interrupted(folder):
    def taken_up(schedule, job, resources, tick, address):
        schedule.started(schedule.next().trial)

    work(folder, taken_up, silent)
    assert kinds(folder)[-3:] == ["trial_started", "trial_interrupted", "session_ended"]
    (trial,) = read(folder).unfinished()
    assert trial.reason == "the engine stopped"


def test_an_empty_log_is_refused_with_what_to_do(folder):
    (folder / "events.jsonl").write_bytes(b"")
    with pytest.raises(
        StudyNotFound, match=r"is empty.*`sweep run` the study file again"
    ):
        work(folder, nothing, silent)
