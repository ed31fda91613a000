"""A log in short is the log, or it is not taken: whatever happened to either file, nobody reads another history."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sweep.errors import LogDamaged, StudyNotFound
from sweep.history import opening
from sweep.history.folding import fold
from sweep.log import log_cache
from sweep.log.event_log import EventLog
from sweep.log.reader import Reader, replay

SEARCHED = """
name: short
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 3
  rate: {min: 0.0, max: 1.0}
search: {method: random, trials: 5, seeds: [0, 1]}
early_terminate: {type: asha, min_iter: 1, eta: 2}
ablation: {baseline: {rate: 0.5}, seeds: [0, 1]}
"""


@pytest.fixture(autouse=True)
def keeps_every_log(monkeypatch):
    """However small it is."""
    monkeypatch.setattr(opening, "WORTH_KEEPING", 1)


def misbehave(assignment, epoch):
    """Some of all that a log can tell: lost workers, failures, metrics that come and go or are no floats."""
    luck = random.Random(f"{assignment.trial},{epoch},{assignment.attempt}").random()
    if luck < 0.1:
        return "lost", "worker lost: out of memory"
    if luck < 0.15:
        return "failed", "OSError: no such file"
    if luck < 0.3:
        return "metrics", {"val/f1": luck, "loss": None, "steps": 7}
    return ("metrics", {"val/f1": luck, "late": 0.5}) if luck < 0.5 else None


@pytest.fixture
def told(bench, workers):
    """A study with two sessions, the first of them killed, with trials that ended in every way, and one at work."""
    study = bench(SEARCHED)
    study.run(workers(slots=3, seed=1, misbehave=misbehave))
    lines = study.log.read_bytes().splitlines(keepends=True)
    study.log.write_bytes(b"".join(lines[: len(lines) // 2]))
    study.session(workers(slots=3, seed=2, misbehave=misbehave))
    lines = study.log.read_bytes().splitlines(keepends=True)
    study.log.write_bytes(b"".join(lines[: -len(lines) // 5]))
    return study


def short(study):
    return log_cache.beside(study.log)


def test_a_history_that_was_kept_in_short_at_any_line_is_the_history_of_the_log(told):
    data = told.log.read_bytes()
    lines = data.splitlines(keepends=True)
    for kept in range(1, len(lines) + 1):
        short(told).unlink(missing_ok=True)
        told.log.write_bytes(b"".join(lines[:kept]))
        assert opening.read(told.folder) == fold(Reader(told.log)), "read from the log"
        assert short(told).exists()
        assert opening.read(told.folder) == fold(Reader(told.log)), "read from what was kept"
        told.log.write_bytes(data)
        assert opening.read(told.folder) == fold(Reader(told.log)), (
            f"kept after {kept} lines, and the rest of the log"
        )


def test_what_is_kept_again_and_again_is_the_history_still(told):
    lines = told.log.read_bytes().splitlines(keepends=True)
    for kept in range(1, len(lines) + 1):
        told.log.write_bytes(b"".join(lines[:kept]))
        assert opening.read(told.folder) == fold(Reader(told.log))


def test_every_flipped_bit_of_the_log_is_refused_though_it_was_kept_in_short(told):
    lines = told.log.read_bytes().splitlines(keepends=True)
    data = b"".join(lines[:25])
    told.log.write_bytes(data)
    opening.read(told.folder)
    draw = random.Random(0)
    for position in sorted(draw.sample(range(len(data)), 150)):
        changed = bytearray(data)
        changed[position] ^= 1 << draw.randrange(8)
        told.log.write_bytes(changed)
        with pytest.raises(LogDamaged):
            opening.read(told.folder)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(st.data())
def test_a_damaged_file_is_passed_over(told, data):
    opening.read(told.folder)
    kept = short(told).read_bytes()
    position = data.draw(st.integers(0, len(kept) - 1))
    damaged = data.draw(
        st.sampled_from(
            [
                kept[:position],
                kept[:position]
                + bytes([kept[position] ^ 1 << position % 8])
                + kept[position + 1 :],
                kept[position:],
                kept + b"\0",
                bytes(len(kept)),
            ]
        )
    )
    short(told).write_bytes(damaged)
    try:
        assert opening.read(told.folder) == fold(Reader(told.log))
    finally:
        short(told).unlink()


def test_the_file_of_another_log_or_of_a_longer_one_is_passed_over(told, bench, workers):
    other = bench(SEARCHED)
    other.run(workers(seed=9))
    opening.read(other.folder)
    short(told).write_bytes(short(other).read_bytes())
    assert opening.read(told.folder) == fold(Reader(told.log))
    lines = told.log.read_bytes().splitlines(keepends=True)
    told.log.write_bytes(b"".join(lines[:10]))
    assert opening.read(told.folder) == fold(Reader(told.log))


def test_an_incomplete_last_record_is_cut_by_the_next_writer_and_never_kept(told):
    data = told.log.read_bytes()
    told.log.write_bytes(data + b'{"crc":"00')
    opening.read(told.folder)
    log, history = opening.resumed(told.folder)
    with log:
        assert log.cut == 10
        assert history == fold(Reader(told.log))
        log.append({"event": "notice", "message": "goes on", "trial": None})
    assert replay(told.log).events[-1]["message"] == "goes on"
    assert opening.read(told.folder) == fold(Reader(told.log))


def test_a_writer_goes_on_where_what_is_kept_ends(told):
    opening.read(told.folder)
    count = len(replay(told.log).events)
    log, history = opening.resumed(told.folder)
    with log:
        assert (log.count, log.cut) == (count, 0)
        assert history == fold(Reader(told.log))
        (event,) = log.append({"event": "notice", "message": "one more", "trial": None})
        assert event["seq"] == count
    assert len(replay(told.log).events) == count + 1


def test_a_folder_that_cannot_be_written_is_read_all_the_same(told, monkeypatch):
    def refuse(*args, **kwargs):
        raise log_cache.CannotWrite("read-only file system")

    monkeypatch.setattr(log_cache.durable, "write_file", refuse)
    assert opening.read(told.folder) == fold(Reader(told.log))
    assert not short(told).exists()


def test_a_small_log_is_read_as_it_is(told, monkeypatch):
    monkeypatch.setattr(opening, "WORTH_KEEPING", 10**6)
    opening.read(told.folder)
    assert not short(told).exists()


def test_an_empty_log_is_no_study(tmp_path):
    EventLog(tmp_path / "events.jsonl").close()
    with pytest.raises(StudyNotFound, match="the event log is empty"):
        opening.resumed(tmp_path)
    EventLog(tmp_path / "events.jsonl").close()  # the lock was given back
