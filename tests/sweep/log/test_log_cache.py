"""A cache of a log holds what it was given, and is used only for the very log it was made from."""

from array import array

import pytest

from sweep.log import log_cache
from sweep.log.event_log import EventLog
from sweep.log.log_cache import Packed
from sweep.log.reader import scan
from sweep.model.reports import Report, packed

REPORTS = packed(
    [Report(epoch, {"f1": epoch / 10, "loss": None}, 1.5) for epoch in range(3)]
)


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "events.jsonl"
    with EventLog(path) as writer:
        writer.append(
            *[{"event": "notice", "message": str(number)} for number in range(4)]
        )
    return path


def saved(log):
    records = [
        {
            "event": "notice",
            "message": "γ",
        },  # one record, and three epochs: the log has four
        Packed(7, REPORTS, "below the median"),
    ]
    log_cache.save(log, scan(log).position, records)
    return records


def test_records_and_columns_come_back_as_they_were(log):
    records = saved(log)
    cache = log_cache.load(log)
    assert cache.position == scan(log).position
    assert cache.records[0] == records[0]
    for read, kept in zip(cache.records[1:], records[1:], strict=True):
        assert (read.trial, read.verdict) == (kept.trial, kept.verdict)
        assert read.reports == kept.reports


def test_a_cache_is_used_for_a_log_that_has_grown_since(log):
    saved(log)
    with EventLog(log) as writer:
        writer.append({"event": "notice", "message": "later"})
    assert log_cache.load(log).position.count == 4


def test_a_cache_is_not_used_for_a_shorter_or_another_log(log):
    saved(log)
    data = log.read_bytes()
    log.write_bytes(data[:-5])
    assert log_cache.load(log) is None
    log.write_bytes(data.replace(b'"2"', b'"3"'))
    assert log_cache.load(log) is None


def test_without_a_file_there_is_no_cache(log):
    assert log_cache.load(log) is None


def test_columns_are_those_of_the_reports(log):
    saved(log)
    column = log_cache.load(log).records[1].reports.column("f1")
    assert array("d", column) == array("d", [0.0, 0.1, 0.2])


def test_a_cache_that_does_not_account_for_every_record_is_not_used(log):
    log_cache.save(
        log, scan(log).position, [{"event": "notice", "message": "one of four"}]
    )
    assert log_cache.load(log) is None


def test_it_lies_in_the_users_own_folder_and_is_named_by_the_log_s_first_line(
    log, tmp_path
):
    saved(log)
    path = log_cache.path_of(log)
    assert tmp_path not in path.parents
    assert path.parent.stat().st_mode & 0o777 == 0o700
    log.rename(tmp_path / "moved.jsonl")
    assert log_cache.path_of(tmp_path / "moved.jsonl") == path
