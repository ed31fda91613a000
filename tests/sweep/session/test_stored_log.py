"""The copy of the log that counts is the latest session's, whoever uploads late."""

import shutil

import pytest

from sweep.errors import CannotWrite, StudyExists
from sweep.history.folding import fold
from sweep.log.event_log import EventLog
from sweep.log.reader import replay
from sweep.session import stored_log
from sweep.session.storage_sync import StorageSync, bring_study
from sweep.storage import Storage


@pytest.fixture
def storage(tmp_path):
    return Storage(f"file://{tmp_path}/store/study", pause=lambda seconds: None)


@pytest.fixture
def log(tmp_path):
    """A log of three records in the study's folder `here`."""
    (tmp_path / "here").mkdir()
    path = tmp_path / "here/events.jsonl"
    add(path, "created", "one", "two")
    return path


def add(path, *events):
    with EventLog(path) as opened:
        opened.append(*({"event": event} for event in events))


def test_an_empty_storage_has_no_copy(storage):
    assert stored_log.read(storage) is None


def test_a_later_copy_replaces_the_earlier_ones(storage, log):
    assert stored_log.put(storage, log, session=0)
    add(log, "three")
    assert stored_log.put(storage, log, session=0)
    add(log, "four")
    assert stored_log.put(storage, log, session=1)
    assert stored_log.read(storage) == log.read_bytes()
    assert len(storage.names("log")) == 1


def test_a_late_copy_of_an_earlier_session_does_not_count(storage, log, tmp_path):
    """It is longer: the machine that hung has trained on."""
    elsewhere = tmp_path / "elsewhere.jsonl"
    shutil.copy(log, elsewhere)
    assert stored_log.put(storage, elsewhere, session=1)
    add(log, *"abcdefgh")
    assert not stored_log.put(storage, log, session=0)
    assert stored_log.read(storage) == elsewhere.read_bytes()


def test_a_late_copy_of_the_same_session_is_shorter_and_does_not_count(storage, log):
    before = log.read_bytes()
    late_name = f"log/00000-{len(before):012d}.jsonl"
    add(log, "three")
    stored_log.put(storage, log, session=0)
    storage.put(before, late_name)
    assert stored_log.read(storage) == log.read_bytes()


def test_a_copy_that_is_replaced_while_it_is_read_is_read_anew(
    storage, log, monkeypatch
):
    stored_log.put(storage, log, session=0)
    real = storage.read

    def replaced_first(name):
        monkeypatch.setattr(storage, "read", real)
        add(log, "three")
        stored_log.put(storage, log, session=0)
        return real(name)

    monkeypatch.setattr(storage, "read", replaced_first)
    assert stored_log.read(storage) == log.read_bytes()


def test_a_storage_that_lists_what_it_does_not_have_is_not_taken_for_empty(
    storage, log, monkeypatch
):
    stored_log.put(storage, log, session=0)
    monkeypatch.setattr(storage, "read", lambda name: None)
    with pytest.raises(CannotWrite, match=r"lists log/00000-\d+\.jsonl, but does not"):
        stored_log.read(storage)


def test_the_only_copy_of_an_earlier_state_of_this_program_is_read(storage, log):
    storage.put(log, "events.jsonl")
    assert stored_log.read(storage) == log.read_bytes()


def test_a_log_that_grew_here_may_be_continued(storage, log):
    stored_log.put(storage, log, session=0)
    add(log, "three")
    stored_log.check(storage, log.parent)


def test_a_record_that_was_copied_half_written_does_not_count(storage, log):
    half = log.read_bytes() + b'{"seq":3,"ev'
    storage.put(half, f"log/00000-{len(half):012d}.jsonl")
    stored_log.check(storage, log.parent)
    add(log, "three")
    stored_log.check(storage, log.parent)


def test_a_study_that_was_continued_elsewhere_is_not_continued_from_the_older_log(
    storage, log, tmp_path
):
    elsewhere = tmp_path / "elsewhere.jsonl"
    shutil.copy(log, elsewhere)
    add(elsewhere, "three")
    stored_log.put(storage, elsewhere, session=1)
    with pytest.raises(StudyExists, match=r"more records .* on another machine"):
        stored_log.check(storage, log.parent)


def test_a_study_that_was_continued_on_two_machines_says_where_they_part(
    storage, log, tmp_path
):
    elsewhere = tmp_path / "elsewhere.jsonl"
    shutil.copy(log, elsewhere)
    add(elsewhere, "there")
    stored_log.put(storage, elsewhere, session=1)
    add(log, "here")
    with pytest.raises(StudyExists, match=r"on two machines: .* differ from line 4 on"):
        stored_log.check(storage, log.parent)


def test_another_study_is_named_as_such(storage, log, tmp_path):
    other = tmp_path / "other.jsonl"
    add(other, "another")
    stored_log.put(storage, other, session=0)
    with pytest.raises(StudyExists, match="contains another study"):
        stored_log.check(storage, log.parent)


def test_a_resume_here_after_one_elsewhere_is_refused_and_changes_nothing(
    bench, storage, tmp_path
):
    study = bench().create()
    study.folder.joinpath("study.yaml").touch()
    first = StorageSync(storage, study.folder)
    first.start(fold(replay(study.log).events))
    first.close()
    elsewhere = tmp_path / "elsewhere/study"
    bring_study(f"file://{tmp_path}/store", "study", elsewhere)
    add(elsewhere / "events.jsonl", "note")
    second = StorageSync(storage, elsewhere)
    second.start(fold(replay(study.log).events))
    second.close()
    second.copy_log()
    stored = {name: storage.read(name) for name in storage.names("")}
    with pytest.raises(StudyExists, match="on another machine"):
        StorageSync(storage, study.folder).start(fold(replay(study.log).events))
    assert {name: storage.read(name) for name in storage.names("")} == stored


def test_a_session_that_was_overtaken_says_so_and_removes_nothing(
    bench, storage, tmp_path
):
    study = bench().create()
    study.folder.joinpath("study.yaml").touch()
    overtaken = StorageSync(storage, study.folder)
    overtaken.start(fold(replay(study.log).events))
    stored_log.put(storage, study.log, session=7)
    overtaken.close()
    overtaken.copy_log()
    (problem,) = overtaken.problems
    assert (
        "another machine resumed this study while this session was running" in problem
    )
    assert any(name.startswith("log/00007-") for name in storage.names("log"))
