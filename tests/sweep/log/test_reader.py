"""Reading the log: what was written is what is read, or the reader is told; nothing in between."""

import os
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sweep.errors import LogDamaged
from sweep.log.event_log import EventLog
from sweep.log.reader import replay


def event(**more):
    return {"event": "notice", **more}


def test_every_prefix_of_a_log_gives_its_complete_records_and_a_tail(written, tmp_path):
    data, whole = written.read_bytes(), replay(written).events
    cut = tmp_path / "cut.jsonl"
    for length in range(len(data) + 1):
        cut.write_bytes(data[:length])
        read = replay(cut)
        assert read.events == whole[: len(read.events)]
        assert len(read.events) == data[:length].count(b"\n")
        assert read.end + read.tail == length


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


def test_a_flipped_bit_in_an_incomplete_tail_is_cut_with_it_or_refused(
    written, tmp_path
):
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
def test_lines_that_were_moved_or_altered_are_refused_by_reader_and_writer(
    written, tamper
):
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
    written.write_bytes(
        b"".join([*lines[:2], lines[2].replace(b"second", b"secund"), lines[3]])
    )
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


def test_a_reader_of_a_growing_log_sees_a_prefix_at_any_moment(path):
    done = threading.Event()
    seen = []

    def read():
        while not done.is_set():
            seen.append(len(replay(path).events))

    with EventLog(
        path, sync=lambda fd: None, write=lambda fd, data: os.write(fd, data[:5])
    ) as log:
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
