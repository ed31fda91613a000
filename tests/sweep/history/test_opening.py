"""A cache is the log, or it is not used: whatever happened to either file, nobody reads
another history."""

import os
import random
import shutil
from pathlib import Path

import orjson
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
    """Some of all that a log can tell: lost workers, failures, metrics that come and go
    or are no floats."""
    luck = random.Random(f"{assignment.trial},{epoch},{assignment.attempt}").random()
    if luck < 0.1:
        return "lost", "worker lost: out of memory"
    if luck < 0.15:
        return "failed", "OSError: no such file"
    if luck < 0.3:
        return "metrics", {"val/f1": luck, "loss": None, "steps": 7}
    return ("metrics", {"val/f1": luck, "late": 0.5}) if luck < 0.5 else None


@pytest.fixture(params=["stop", "promote"])
def told(bench, workers, request):
    """A study with two sessions, the first of them killed, with trials that ended in
    every way, and one at work."""
    study = bench(SEARCHED.replace("eta: 2", f"eta: 2, form: {request.param}"))
    study.run(workers(slots=3, seed=1, misbehave=misbehave))
    lines = study.log.read_bytes().splitlines(keepends=True)
    study.log.write_bytes(b"".join(lines[: len(lines) // 2]))
    study.session(workers(slots=3, seed=2, misbehave=misbehave))
    lines = study.log.read_bytes().splitlines(keepends=True)
    study.log.write_bytes(b"".join(lines[: -len(lines) // 5]))
    return study


def short(study):
    return log_cache.path_of(study.log)


def test_a_history_that_was_kept_in_short_at_any_line_is_the_history_of_the_log(told):
    data = told.log.read_bytes()
    lines = data.splitlines(keepends=True)
    for kept in range(1, len(lines) + 1):
        short(told).unlink(missing_ok=True)
        told.log.write_bytes(b"".join(lines[:kept]))
        assert opening.read(told.folder) == fold(Reader(told.log)), "read from the log"
        assert short(told).exists()
        assert opening.read(told.folder) == fold(Reader(told.log)), (
            "read from what was kept"
        )
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


def test_a_flip_of_any_bit_or_a_cut_at_any_byte_of_a_cache_is_passed_over(
    told, thorough
):
    expected = fold(Reader(told.log))
    opening.read(told.folder)
    cache = short(told)
    whole = cache.read_bytes()
    draw = random.Random(1)
    positions = range(len(whole))
    for position in positions if thorough else draw.sample(positions, 500):
        flipped = bytearray(whole)
        flipped[position] ^= 1 << draw.randrange(8)
        cache.write_bytes(flipped)
        assert log_cache.load(told.log) is None, f"bit flipped in byte {position}"
        cache.write_bytes(whole[:position])
        assert log_cache.load(told.log) is None, f"cut at {position}"
    for damaged in (whole + b"\0", bytes(len(whole)), whole[1:], b"", b"\n" * 100):
        cache.write_bytes(damaged)
        assert opening.read(told.folder) == expected
        assert cache.read_bytes() == whole, "made again"


def forged(study, change):
    """Write the study's cache with a right hash over content that `change` has altered."""
    opening.read(study.folder)
    cache = short(study)
    _, _, body = cache.read_bytes().partition(b"\n")
    line, _, payload = body.partition(b"\n")
    head = orjson.loads(line)
    kinds, plain = orjson.loads(payload[: head["records"]])
    columns = payload[head["records"] :]
    head, kinds, plain, columns = change(head, kinds, plain, columns)
    text = orjson.dumps([kinds, plain])
    body = orjson.dumps({**head, "records": len(text)}) + b"\n" + text + columns
    key = (Path(os.environ["XDG_STATE_HOME"]) / "sweep/cache.key").read_bytes()
    cache.write_bytes(log_cache._sign(key, body) + b"\n" + body)


WRONG = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2**62)
    | st.floats()
    | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
    ),
    max_leaves=5,
)


def replaced(value, draw):
    """The same JSON with one part of it, wherever, replaced or removed."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        key = draw(st.sampled_from(sorted(value)))
        rest = {k: v for k, v in value.items() if k != key}
        return (
            rest if draw(st.booleans()) else {**value, key: replaced(value[key], draw)}
        )
    if isinstance(value, list) and value and draw(st.booleans()):
        at = draw(st.integers(0, len(value) - 1))
        inside = [] if draw(st.booleans()) else [replaced(value[at], draw)]
        return [*value[:at], *inside, *value[at + 1 :]]
    return draw(WRONG)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=150,
    deadline=None,
)
@given(st.data())
def test_json_of_any_other_structure_under_a_right_hash_gives_no_traceback(told, data):
    """It takes the user's own key to write one; what it can do is still no more than be
    passed over."""

    def change(head, kinds, plain, columns):
        part = data.draw(st.sampled_from(["head", "kinds", "plain", "columns"]))
        if part == "head":
            wrong = replaced(head, data.draw)
            head = wrong if isinstance(wrong, dict) else {"place": wrong}
        kinds = replaced(kinds, data.draw) if part == "kinds" else kinds
        plain = replaced(plain, data.draw) if part == "plain" else plain
        columns = data.draw(st.binary(max_size=64)) if part == "columns" else columns
        return head, kinds, plain, columns

    expected = fold(Reader(told.log))
    short(told).unlink(missing_ok=True)
    forged(told, change)
    found = opening.read(told.folder)
    assert len(found.trials) <= len(expected.trials)
    assert found.sessions[0].pid == expected.sessions[0].pid


def test_a_cache_that_another_key_signed_is_passed_over(told, monkeypatch, tmp_path):
    opening.read(told.folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
    assert log_cache.load(told.log) is None
    assert opening.read(told.folder) == fold(Reader(told.log))
    assert log_cache.load(told.log) is not None, "made again with the new key"


def test_a_cache_that_others_can_write_or_that_is_a_link_is_passed_over(told, tmp_path):
    opening.read(told.folder)
    cache = short(told)
    cache.chmod(0o666)
    assert log_cache.load(told.log) is None
    cache.chmod(0o644)
    assert log_cache.load(told.log) is not None
    cache.rename(tmp_path / "elsewhere")
    cache.symlink_to(tmp_path / "elsewhere")
    assert log_cache.load(told.log) is None


def test_a_received_study_brings_no_cache_and_reading_it_writes_nothing_into_it(told):
    opening.read(told.folder)
    told.log.with_suffix(".condensed").write_bytes(short(told).read_bytes())
    before = sorted(told.folder.rglob("*"))
    assert opening.read(told.folder) == fold(Reader(told.log))
    assert sorted(told.folder.rglob("*")) == before


def test_without_a_home_or_with_one_that_is_read_only_a_study_opens(told, monkeypatch):
    for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, "/proc/no/such/folder")
    assert opening.read(told.folder) == fold(Reader(told.log))
    for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, "relative/is/not/allowed")
    monkeypatch.setattr(Path, "home", lambda: Path("/proc/nobody"))
    assert opening.read(told.folder) == fold(Reader(told.log))


def test_a_log_is_not_written_to_on_the_word_of_a_cache(told):
    """Though it claims another end, with the right key and the right hash of the log."""
    before = told.log.read_bytes()
    lines = before.splitlines(keepends=True)

    def change(head, kinds, plain, columns):
        count, end, crc = head["place"]
        return {**head, "place": [count + 1, end, crc]}, kinds, plain, columns

    forged(told, change)
    log, history = opening.resumed(told.folder)
    with log:
        assert log.count == len(lines)
        assert history == fold(Reader(told.log))
    assert told.log.read_bytes() == before


def test_a_writer_that_was_told_another_end_refuses(told):
    def wrong(path):
        reader = Reader(path)
        list(reader)
        reader.count += 1
        return reader

    before = told.log.read_bytes()
    with pytest.raises(
        LogDamaged, match="the last record changed while the log was being opened"
    ):
        EventLog(told.log, read=wrong)
    assert told.log.read_bytes() == before


def test_caches_that_nobody_uses_are_removed(told):
    opening.read(told.folder)
    unused = short(told).with_name("0" * 32 + ".cache")
    unused.write_bytes(b"old")
    os.utime(unused, (0, 0))
    short(told).unlink()
    opening.read(told.folder)
    assert not unused.exists()
    assert short(told).exists()


def test_a_copy_of_a_study_that_went_another_way_has_its_own_history(told, tmp_path):
    opening.read(told.folder)
    copy = tmp_path / "copy"
    shutil.copytree(told.folder, copy)
    log, _ = opening.resumed(copy)
    with log:
        log.append({"event": "notice", "message": "elsewhere", "trial": None})
    for folder in (told.folder, copy, told.folder):
        assert opening.read(folder) == fold(Reader(folder / told.log.name))


def test_the_file_of_another_log_or_of_a_longer_one_is_passed_over(
    told, bench, workers
):
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
