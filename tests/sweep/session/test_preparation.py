"""A session is refused, or starts with events that say what it starts from."""

import pytest

import sweep.study
from sweep import durable
from sweep.errors import UsageError
from sweep.history.opening import read
from sweep.session.options import SessionOptions
from sweep.session.session import work
from tests.sweep.small import run


def silent(history, event):
    """A listener that does nothing."""


def nothing(schedule, job, resources, tick, address):
    """An engine that runs no trial."""


@pytest.fixture
def folder(home):
    """A study that has run."""
    run()
    return home / "results/small"


def test_a_study_stays_with_the_storage_it_was_started_with(home):
    run(storage=f"file://{home}/store")
    with pytest.raises(
        UsageError, match=rf"this study's files are in file://{home}/store"
    ):
        sweep.study.resume("small", engine="serial", storage=f"file://{home}/other")


def test_a_disk_with_little_space_left_is_noted(folder, monkeypatch):
    monkeypatch.setattr(durable, "free", lambda path: 12_300_000)
    work(folder, nothing, silent)
    (notice,) = read(folder).notices
    assert notice.message.startswith("only 12.3 MB free in ")
    assert not notice.caveat


def test_the_events_of_a_session_start_with_session_started(folder):
    work(folder, nothing, silent, SessionOptions(notes=("a note",)))
    session = read(folder).sessions[-1]
    assert session.files == read(folder).sessions[0].files
    assert read(folder).notices[-1].message == "a note"


def test_a_record_that_was_cut_off_is_noted(folder):
    with (folder / "events.jsonl").open("ab") as log:
        log.write(b'{"half a record')
    work(folder, nothing, silent)
    (notice,) = read(folder).notices
    assert notice.message.startswith(
        "the log ended in an incomplete record of 15 bytes"
    )
