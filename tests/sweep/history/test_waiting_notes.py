"""Notes that wait for a session: taken in once, whatever is killed, and nothing but notes are."""

import os
from dataclasses import replace

import orjson
import pytest

from sweep import durable
from sweep.errors import CannotWrite
from sweep.history import waiting_notes
from sweep.history.event_records import to_record
from sweep.history.opening import read
from sweep.log.event_log import FILE_NAME, EventLog
from sweep.model.events import Noted, SessionEnded


@pytest.fixture
def folder(bench):
    """A study's folder, on which nobody works."""
    study = bench()
    study.create()
    return study.log.parent


def sentences(folder):
    """What was noted of the study, by its log alone."""
    remarks = read(folder).remarks.get(None)
    return [] if remarks is None else [text for _, text in remarks.notes]


def test_a_note_is_taken_in_once_wherever_the_process_is_killed(
    folder, failing_disk, killed
):
    waiting_notes.leave(folder, Noted(None, "before"))
    log = (folder / FILE_NAME).read_bytes()
    note = next((folder / "notes").iterdir())
    name, data = note.name, note.read_bytes()
    for at in range(1, 100):
        (folder / FILE_NAME).write_bytes(log)
        (folder / "notes" / name).write_bytes(data)
        try:
            with durable.on(failing_disk(at, torn=True).made()):
                waiting_notes.take_in_if_free(folder)
        except killed:
            shown = waiting_notes.with_waiting(folder, read(folder)).remarks[None]
            assert [text for _, text in shown.notes] == ["before"], f"change {at}"
            assert waiting_notes.take_in_if_free(folder)
            assert sentences(folder) == ["before"], f"change {at}"
            assert list((folder / "notes").iterdir()) == []
        else:
            break
    assert at > 3, "writing, syncing and removing were each killed"


def test_a_note_that_is_half_written_is_no_note(folder, failing_disk, killed):
    for at in range(1, 100):
        try:
            with durable.on(failing_disk(at, torn=True).made()):
                waiting_notes.leave(folder, Noted(None, f"cut at {at}"))
        except killed:
            assert waiting_notes.take_in_if_free(folder)
        else:
            break
    assert waiting_notes.take_in_if_free(folder)
    assert sentences(folder).count(f"cut at {at}") == 1
    assert at > 3


def test_notes_keep_the_order_and_the_time_they_were_written_in(folder):
    for number in range(3):
        waiting_notes.leave(folder, Noted(None, f"note {number}"))
    waiting_notes.take_in_if_free(folder)
    assert sentences(folder) == ["note 0", "note 1", "note 2"]
    (first, _), *_ = read(folder).remarks[None].notes
    assert first <= read(folder).last_time


def test_a_session_at_work_is_not_ended_by_a_note_and_a_killed_one_is(bench):
    study = bench()
    lived = study.run()
    records = study.log.read_bytes().splitlines(keepends=True)
    folder = study.log.parent
    study.log.write_bytes(
        b"".join(records[:-1])
    )  # its end was not written: it was killed
    assert "session_ended" in records[-1].decode()
    with EventLog(study.log) as log:
        log.append(to_record(Noted(None, "live", id="x", by_session=True)))
        assert read(folder).sessions[-1].ended_at is None
        log.append(to_record(Noted(None, "later")))
    assert read(folder).sessions[-1].ended_at is not None
    assert len(lived.sessions) == len(read(folder).sessions)
    assert SessionEnded.kind not in study.log.read_text()


def forged(folder, name, data):
    (folder / "notes").mkdir(exist_ok=True)
    (folder / "notes" / name).write_bytes(data)


@pytest.mark.parametrize(
    "data, words",
    [
        (b"", "EOF"),
        (b"[1]", "should be an object"),
        (b'{"trial": null, "note": "x", "id": "other"}', "its name differs"),
        (
            b'{"trial": null, "note": 7, "id": "a"}',
            "note: Input should be a valid string",
        ),
        (b'{"trial": 99, "note": "x", "id": "a"}', "there is no trial 99"),
        (b'{"trial": null, "note": "x", "id": "a", "written": 1e300}', "in the future"),
        (b" " * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_file_that_is_no_note_is_named_and_left_alone(folder, data, words):
    forged(folder, "a.json", data)
    (problem,) = waiting_notes.waiting(folder, read(folder)).problems
    assert words in problem
    assert waiting_notes.take_in_if_free(folder)
    assert sentences(folder) == []
    assert (folder / "notes/a.json").exists()


def test_neither_a_link_nor_a_pipe_is_read(folder, tmp_path):
    note = Noted(None, "elsewhere", id="a")
    (tmp_path / "a.json").write_bytes(orjson.dumps(to_record(note)))
    (folder / "notes").mkdir()
    (folder / "notes/a.json").symlink_to(tmp_path / "a.json")
    os.mkfifo(folder / "notes/b.json")
    found = waiting_notes.waiting(folder, read(folder))
    assert found.notes == ()
    assert len(found.problems) == 2


def test_a_folder_that_is_a_link_is_neither_read_nor_written(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    note = Noted(None, "elsewhere", id="a")
    (tmp_path / "elsewhere/a.json").write_bytes(orjson.dumps(to_record(note)))
    (folder / "notes").symlink_to(tmp_path / "elsewhere")
    assert waiting_notes.waiting(folder, read(folder)).notes == ()
    with pytest.raises(CannotWrite, match="link"):
        waiting_notes.leave(folder, replace(note, note="mine"))
    assert len(list((tmp_path / "elsewhere").iterdir())) == 1
