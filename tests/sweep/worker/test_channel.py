"""Messages between two processes: whole, in order, none lost, with descriptors."""

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.worker.channel import Channel, Closed, pair


@pytest.fixture
def ends():
    ours, theirs = pair()
    other = Channel(theirs)
    yield ours, other
    ours.close()
    other.close()


@given(
    st.lists(
        st.one_of(st.text(), st.binary(max_size=300_000), st.floats(allow_nan=False))
    )
)
def test_messages_arrive_whole_and_in_order(sent):
    ours, theirs = pair()
    other = Channel(theirs)
    sender = threading.Thread(target=lambda: [ours.send(message) for message in sent])
    sender.start()
    assert [other.receive(10.0) for _ in sent] == sent
    sender.join()
    ours.close()
    other.close()


def test_a_sender_waits_while_nobody_reads(ends):
    ours, other = ends
    done = threading.Event()

    def send():
        for number in range(50):
            ours.send((number, b"x" * 100_000))
        done.set()

    threading.Thread(target=send, daemon=True).start()
    assert not done.wait(0.3)
    assert [other.receive(10.0)[0] for _ in range(50)] == list(range(50))
    assert done.wait(10.0)


def test_what_was_sent_before_a_death_can_be_read(ends):
    ours, other = ends
    ours.send("last words")
    ours.close()
    assert other.receive(1.0) == "last words"
    with pytest.raises(Closed):
        other.receive(1.0)
    with pytest.raises(Closed):
        other.send("nobody hears")


def test_a_second_message_in_the_buffer_is_found(ends):
    ours, other = ends
    ours.send(1)
    ours.send(2)
    assert other.receive(1.0) == 1
    assert other.has_message(), "poll would say nothing of it"
    assert other.receive(0.0) == 2
    assert not other.has_message()


def test_no_message_in_time_is_a_timeout_and_loses_nothing(ends):
    ours, other = ends
    with pytest.raises(TimeoutError):
        other.receive(0.0)
    ours._socket.sendall(b"\0\0\0")  # a part of a length
    with pytest.raises(TimeoutError):
        other.receive(0.1)
    assert other._arrived == b"\0\0\0"


def test_a_descriptor_travels_with_a_message(ends):
    ours, other = ends
    read, write = os.pipe()
    ours.send("a pipe", [write])
    os.close(write)
    assert other.receive(1.0) == "a pipe"
    (copy,) = other.descriptors
    assert not os.get_inheritable(copy)
    os.write(copy, b"through")
    os.close(copy)
    assert os.read(read, 100) == b"through"
    os.close(read)
