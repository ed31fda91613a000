"""The writer of the log: what was appended is durable, whatever the disk does."""

import errno
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sweep import durable
from sweep.errors import SweepError
from sweep.log.event_log import EventLog
from sweep.log.reader import replay

text = st.text(st.characters(exclude_categories=["Cs"]))
finite = st.floats(allow_nan=False, allow_infinity=False)
json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | finite | text,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3)
    ),
    max_leaves=8,
)
fields = st.dictionaries(
    st.sampled_from(["metrics", "label", "reason", "config"]), json
)


def event(**more):
    return {"event": "notice", **more}


@given(st.lists(fields, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_appended_is_read_back_in_order(tmp_path_factory, appended):
    path = tmp_path_factory.mktemp("log") / "events.jsonl"
    with EventLog(path, sync=lambda fd: None) as log:
        lived = [log.append({"event": "notice", **more})[0] for more in appended]
    read = replay(path)
    assert read.events == lived
    assert [
        {k: v for k, v in e.items() if k not in ("seq", "time", "event")}
        for e in read.events
    ] == appended
    assert [e["seq"] for e in read.events] == list(range(len(appended)))
    assert (read.end, read.tail) == (path.stat().st_size, 0)


def test_append_returns_the_values_and_types_that_a_reader_gets(path):
    with EventLog(path) as log:
        (lived,) = log.append(
            event(
                pair=(1, 2),
                number=np.float64(0.5),
                whole=np.int64(3),
                flags=np.array([1, 2]),
            )
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


def test_a_new_logs_name_is_made_durable_in_its_folder_before_anything_is_appended(
    path, failing_disk
):
    disk = failing_disk()
    with durable.on(disk.made()):
        EventLog(path).close()
        assert disk.calls.count("sync") == 1
        EventLog(path).close()
    assert disk.calls.count("sync") == 1, (
        "the name of a log that is there is durable already"
    )


def test_short_writes_are_completed(path):
    with EventLog(path, write=lambda fd, data: os.write(fd, data[:7])) as log:
        log.append(event(message="much longer than seven bytes"))
    assert replay(path).events[0]["message"] == "much longer than seven bytes"


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
def test_a_failing_disk_leaves_the_log_as_it_was_and_readable(
    written, code, call, keep
):
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
            SweepError,
            match=r"No space left on device.*Free some space and `sweep resume`",
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
        with pytest.raises(
            SweepError, match=r"Input/output error.*could not be removed"
        ):
            log.append(event(message="behind the tear"))
    assert replay(written).events == before
    with EventLog(written) as log:
        assert log.cut > 0
        log.append(event(message="whole"))
    assert [e.get("message") for e in replay(written).events[len(before) :]] == [
        "whole"
    ]
