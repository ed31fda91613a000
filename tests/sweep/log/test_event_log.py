"""The event log: what was appended is what is read, or the reader is told; nothing in between."""

import errno
import math
import os
import socket
import subprocess
import sys
import textwrap
import threading
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sweep import durable
from sweep.errors import LogDamaged, StudyLocked, SweepError
from sweep.log.event_log import EventLog
from sweep.log.lines import decode, encode
from sweep.log.reader import replay

text = st.text(st.characters(exclude_categories=["Cs"]))
finite = st.floats(allow_nan=False, allow_infinity=False)
json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | finite | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
fields = st.dictionaries(st.sampled_from(["metrics", "label", "reason", "config"]), json)


def event(**more):
    return {"event": "notice", **more}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.jsonl"


@pytest.fixture
def written(path):
    """A short log with all that a real one has: text beyond ASCII, numbers, nesting, several records in one write."""
    with EventLog(path) as log:
        log.append(event(event="study_created", spec={"name": "fokal γ"}, source="a: 1\n"))
        log.append(event(message="first"), event(message="second", trial=None))
        log.append(
            event(event="epoch", metrics={"val/f1": 0.123456789012345, "loss": None}, seconds=1e-9)
        )
    return path


# --------------------------------------------------------------------------- round trip


@given(st.lists(fields, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_appended_is_read_back_in_order(tmp_path_factory, appended):
    path = tmp_path_factory.mktemp("log") / "events.jsonl"
    with EventLog(path, sync=lambda fd: None) as log:
        lived = [log.append({"event": "notice", **more})[0] for more in appended]
    read = replay(path)
    assert read.events == lived
    assert [
        {k: v for k, v in e.items() if k not in ("seq", "time", "event")} for e in read.events
    ] == appended
    assert [e["seq"] for e in read.events] == list(range(len(appended)))
    assert (read.end, read.tail) == (path.stat().st_size, 0)


def test_what_append_returns_is_what_a_reader_sees_to_the_last_type(path):
    with EventLog(path) as log:
        (lived,) = log.append(
            event(pair=(1, 2), number=np.float64(0.5), whole=np.int64(3), flags=np.array([1, 2]))
        )
    assert lived == replay(path).events[0]
    assert lived["pair"] == [1, 2]
    assert type(lived["whole"]) is int


def test_a_second_writer_goes_on_where_the_first_ended(written):
    before = replay(written).events
    with EventLog(written) as log:
        assert log.count == len(before)
        assert log.cut == 0
        log.append(event(message="later"))
    assert replay(written).events[:-1] == before
    assert replay(written).events[-1]["seq"] == len(before)


def test_an_append_is_on_disk_before_it_returns(path):
    calls = []

    def write(fd, data):
        calls.append("write")
        return os.write(fd, data)

    with EventLog(path, write=write, sync=lambda fd: calls.append("sync")) as log:
        calls.clear()
        log.append(event(message="one"), event(message="two"))
        assert calls == ["write", "sync"], "several events cost one sync"


def test_short_writes_are_completed(path):
    with EventLog(path, write=lambda fd, data: os.write(fd, data[:7])) as log:
        log.append(event(message="much longer than seven bytes"))
    assert replay(path).events[0]["message"] == "much longer than seven bytes"


# --------------------------------------------------------------------------- what has no JSON form


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, np.float32("nan"), np.array([1.0, np.nan])]
)
@pytest.mark.parametrize(
    "wrap", [lambda v: v, lambda v: {"val/f1": v}, lambda v: [{"deep": (1.0, v)}]]
)
def test_what_is_not_finite_is_refused_and_never_becomes_null(written, value, wrap):
    before = written.read_bytes()
    with EventLog(written) as log:
        with pytest.raises(SweepError, match="NaN or infinite"):
            log.append(event(message="sound"), event(metrics=wrap(value)))
        assert written.read_bytes() == before
        log.append(event(message="goes on"))
    assert replay(written).events[-1]["message"] == "goes on"


@pytest.mark.parametrize("value", [object(), {1, 2}, 2**70, {1: "key"}, 1j])
def test_what_json_cannot_say_is_refused_and_nothing_is_written(written, value):
    before = written.read_bytes()
    with EventLog(written) as log, pytest.raises(SweepError, match="no JSON form"):
        log.append(event(value=value))
    assert written.read_bytes() == before


def test_text_that_is_not_unicode_is_recorded_with_escapes(path):
    with EventLog(path) as log:
        log.append(event(message="no file '/data/\udcff.npz'", metrics={"\ud800": 1.0}))
    assert replay(path).events[0]["message"] == r"no file '/data/\udcff.npz'"


# --------------------------------------------------------------------------- damage


def test_every_prefix_is_a_prefix_of_the_story_and_its_rest_is_a_tail(written, tmp_path):
    data, whole = written.read_bytes(), replay(written).events
    cut = tmp_path / "cut.jsonl"
    for length in range(len(data) + 1):
        cut.write_bytes(data[:length])
        read = replay(cut)
        assert read.events == whole[: len(read.events)]
        assert len(read.events) == data[:length].count(b"\n")
        assert read.end + read.tail == length


def test_the_next_writer_cuts_a_tail_says_how_much_and_goes_on(written, tmp_path):
    data, whole = written.read_bytes(), replay(written).events
    torn = tmp_path / "torn.jsonl"
    for length in range(len(data)):
        torn.write_bytes(data[:length])
        complete = data[:length].count(b"\n")
        with EventLog(torn, sync=lambda fd: None) as log:
            assert log.cut == length - (data[:length].rfind(b"\n") + 1)
            log.append(event(message="after"))
        read = replay(torn)
        assert read.events[:-1] == whole[:complete]
        assert read.events[-1]["message"] == "after"


def test_no_flipped_bit_goes_unnoticed(written, tmp_path):
    data, whole = written.read_bytes(), replay(written).events
    flipped = tmp_path / "flipped.jsonl"
    for position in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[position] ^= 1 << bit
            flipped.write_bytes(changed)
            with pytest.raises(LogDamaged):
                replay(flipped)
    flipped.write_bytes(data)
    assert replay(flipped).events == whole


def test_a_flipped_bit_in_an_incomplete_tail_is_cut_with_it_or_refused(written, tmp_path):
    data = written.read_bytes()
    start = data.rstrip(b"\n").rfind(b"\n") + 1
    torn, whole = data[:-10], replay(written).events
    flipped = tmp_path / "flipped.jsonl"
    for position in range(start, len(torn)):
        for bit in range(8):
            changed = bytearray(torn)
            changed[position] ^= 1 << bit
            flipped.write_bytes(changed)
            try:
                assert replay(flipped).events == whole[:-1]
            except LogDamaged:
                assert changed[position] == ord("\n")


def split(data):
    return data.splitlines(keepends=True)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda lines: [lines[0], lines[2], lines[1], lines[3]],
        lambda lines: [lines[0], lines[1], lines[3]],
        lambda lines: lines[1:],
        lambda lines: [lines[0], lines[1], lines[1], lines[2], lines[3]],
        lambda lines: [*lines, lines[3]],
        lambda lines: [lines[0], lines[1], b"\n", lines[2], lines[3]],
        lambda lines: [lines[0], lines[1].replace(b"first", b"worst"), *lines[2:]],
        lambda lines: [b'{"crc":"00000000","seq":0}\n', *lines[1:]],
        lambda lines: [lines[0], b"\0" * 40 + b"\n", *lines[1:]],
    ],
    ids=[
        "swapped",
        "dropped",
        "headless",
        "repeated",
        "repeated last",
        "empty line",
        "edited",
        "forged",
        "zeros",
    ],
)
def test_lines_that_were_moved_or_altered_are_refused_by_reader_and_writer(written, tamper):
    data = b"".join(tamper(split(written.read_bytes())))
    written.write_bytes(data)
    with pytest.raises(LogDamaged):
        replay(written)
    with pytest.raises(LogDamaged):
        EventLog(written)
    assert written.read_bytes() == data, "a damaged log is left as it was found"


def test_lines_of_another_log_are_refused(written, tmp_path):
    with EventLog(tmp_path / "other.jsonl") as log:
        log.append(event(event="study_created", spec={"name": "other"}, source=""))
    written.write_bytes(
        split((tmp_path / "other.jsonl").read_bytes())[0]
        + b"".join(split(written.read_bytes())[1:])
    )
    with pytest.raises(LogDamaged):
        replay(written)


def test_the_message_names_file_line_and_byte_and_what_to_do(written):
    lines = split(written.read_bytes())
    written.write_bytes(b"".join([*lines[:2], lines[2].replace(b"second", b"secund"), lines[3]]))
    with pytest.raises(LogDamaged) as refused:
        replay(written)
    message = str(refused.value)
    assert f"{written}:3:" in message
    assert f"byte {len(lines[0]) + len(lines[1])}" in message
    assert "the 2 records before are intact" in message
    assert "sweep verify" in message


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_tail_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("log") / "events.jsonl"
    path.write_bytes(data)
    if b"\n" in data:
        with pytest.raises(LogDamaged):
            replay(path)
    else:
        assert (replay(path).events, replay(path).tail) == ([], len(data))


@given(st.binary(max_size=60).filter(lambda data: b"\n" not in data))
def test_a_line_with_a_forged_checksum_that_is_no_json_is_refused(body):
    line, _ = encode({"event": "notice"}, 0)
    forged = line[:8] + b"%08x" % zlib.crc32(body) + b'",' + body
    decoded = decode(forged, 0)
    assert decoded is None or isinstance(decoded[0], dict)


# --------------------------------------------------------------------------- disks that fail


class Disk:
    """The operating system's calls, failing from the nth call on."""

    def __init__(self, code, after, keep=0.5):
        self.code, self.after, self.keep, self.calls = code, after, keep, 0

    def failing(self):
        self.calls += 1
        return self.calls > self.after

    def write(self, fd, data):
        if self.failing():
            os.write(fd, data[: int(len(data) * self.keep)])
            raise OSError(self.code, os.strerror(self.code))
        return os.write(fd, data)

    def sync(self, fd):
        if self.failing():
            raise OSError(self.code, os.strerror(self.code))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("call", ["write", "sync"])
@pytest.mark.parametrize("keep", [0.0, 0.5, 1.0])
def test_a_failing_disk_leaves_the_log_as_it_was_and_readable(written, code, call, keep):
    before = written.read_bytes()
    disk = Disk(code, after=0, keep=keep)
    with EventLog(written, **{call: getattr(disk, call)}) as log:
        with pytest.raises(SweepError, match=os.strerror(code)):
            log.append(event(message="one"), event(message="two"))
        assert written.read_bytes() == before
        assert replay(written).tail == 0
        disk.after = 10**6
        log.append(event(message="space was made"))
    assert replay(written).events[-1]["message"] == "space was made"


def test_a_full_disk_says_what_to_do(written):
    with (
        EventLog(written, write=Disk(errno.ENOSPC, 0).write) as log,
        pytest.raises(
            SweepError, match=r"No space left on device.*Free some space and `sweep resume`"
        ),
    ):
        log.append(event(message="one"))


def test_a_log_that_could_not_be_put_back_takes_nothing_more_and_the_next_writer_repairs_it(
    written,
):
    before = replay(written).events

    def refuse(fd, length):
        raise OSError(errno.EIO, "Input/output error")

    with EventLog(written, write=Disk(errno.EIO, 0).write) as log:
        with (
            durable.on(durable.Disk(truncate=refuse)),
            pytest.raises(SweepError, match="Input/output error"),
        ):
            log.append(event(message="torn"))
        with pytest.raises(SweepError, match=r"Input/output error.*could not be put back"):
            log.append(event(message="behind the tear"))
    assert replay(written).events == before
    with EventLog(written) as log:
        assert log.cut > 0
        log.append(event(message="whole"))
    assert [e.get("message") for e in replay(written).events[len(before) :]] == ["whole"]


# --------------------------------------------------------------------------- one writer, many readers


def test_a_second_writer_is_refused_and_told_who_writes(written):
    with EventLog(written) as log:
        log.append(event(event="session_started", pid=os.getpid(), host="node-7"))
        before = written.read_bytes()
        for _ in range(100):
            with pytest.raises(
                StudyLocked, match=rf"process {os.getpid()} on node-7.*sweep status"
            ):
                EventLog(written)
        assert written.read_bytes() == before
    EventLog(written).close()


def test_a_session_that_ended_or_died_is_not_named_as_the_holder(written):
    with EventLog(written) as log:
        log.append(event(event="session_started", pid=2**22 + 1, host=socket.gethostname()))
        with pytest.raises(StudyLocked, match="just starting or ending"):
            EventLog(written)
        log.append(
            event(event="session_started", pid=os.getpid(), host="node-7"),
            event(event="session_ended"),
        )
        with pytest.raises(StudyLocked, match="just starting or ending"):
            EventLog(written)


def test_the_lock_dies_with_its_holder(written):
    holder = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from sweep.log.event_log import EventLog
        log = EventLog(Path(sys.argv[1]))
        print("locked", flush=True)
        time.sleep(60)
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(written)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"locked\n"
        with pytest.raises(StudyLocked):
            EventLog(written)
        process.kill()
        process.wait()
        EventLog(written).close()


def test_a_reader_of_a_growing_log_sees_a_prefix_at_any_moment(path):
    done = threading.Event()
    seen = []

    def read():
        while not done.is_set():
            seen.append(len(replay(path).events))

    with EventLog(path, sync=lambda fd: None, write=lambda fd, data: os.write(fd, data[:5])) as log:
        reader = threading.Thread(target=read)
        log.append(event(message="first"))
        reader.start()
        for number in range(300):
            log.append(event(message="x" * 50, trial=number), event(message="y"))
        done.set()
        reader.join()
    assert seen == sorted(seen)
    assert len(set(seen)) > 1
    assert len(replay(path).events) == 601
