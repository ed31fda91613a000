"""A Ray of one's own that cannot start, or not at once: tried again, or refused with
what to do. No Ray is started."""

import os
import socket
import time
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
import ray
from ray._private.utils import validate_socket_filepath

from sweep import durable
from sweep.engine import starting
from sweep.errors import EngineError, UsageError

# What Ray 2.60 raises, as it was seen: of a node that is slow, and of a port that is taken.
SLOW = Exception(
    "The current node timed out during startup. This could happen because some of the"
    " raylet failed to startup or the GCS has become overloaded."
)
TAKEN = RuntimeError(
    "Failed to start GCS.  Last 1 lines of error files:\n[2026-11-28 20:58:10,603 C"
    " 20181 20181] (gcs_server) grpc_server.cc:134:  An unexpected system state has"
    " occurred. Check failed: server_ Failed to start the grpc server. The specified"
    " port is 55645. If the server startup error message is `Address already in use`,"
    " it indicates the server fails to start because the port is already used by other"
    " processes.\n\n."
)
MEMORY = ValueError(
    "After taking into account object store and redis memory usage, the amount of"
    " memory on this node"
)


@pytest.fixture
def scripted(monkeypatch):
    """`ray.init` answers as told; what it was called with, and how long was waited between."""
    seen = SimpleNamespace(calls=[], waited=[], ended=0, answers=[])

    def init(**arguments):
        seen.calls.append(arguments)
        answer = seen.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(address_info={"session_dir": answer})

    def shutdown():
        seen.ended += 1

    monkeypatch.setattr(ray, "init", init)
    monkeypatch.setattr(ray, "shutdown", shutdown)
    monkeypatch.setattr(time, "sleep", seen.waited.append)
    for name in ("TMPDIR", "RAY_TMPDIR", "RAY_GCS_SERVER_PORT"):
        monkeypatch.delenv(name, raising=False)
    return seen


@pytest.mark.parametrize("error", [SLOW, TAKEN])
def test_a_start_that_fails_is_tried_again_after_a_pause(scripted, error):
    scripted.answers = [error, error, "/tmp/ray/session_1"]
    owned, said = [], []
    starting.start(owned.append, said.append)
    (folder,) = map(Path, owned)
    assert folder.stat().st_mode & 0o777 == 0o700, "nobody else reads what Ray writes"
    assert all(Path(call["_temp_dir"]).parent == folder for call in scripted.calls)
    assert scripted.ended == 2, (
        "what a failed attempt has started is ended before the next"
    )
    assert scripted.waited == [2.0, 4.0]


@pytest.mark.parametrize(
    "error, words",
    [
        (SLOW, ["timed out during startup", "too busy"]),
        (TAKEN, ["The specified port is 55645", "taken by other processes"]),
        (
            MEMORY,
            ["amount of memory", "too little memory, or space in /dev/shm or /tmp"],
        ),
        (Exception(), ["Exception"]),
    ],
)
def test_a_start_that_always_fails_is_given_up_with_rays_reason_and_what_to_look_at(
    scripted, error, words
):
    scripted.answers = [error] * starting.ATTEMPTS
    with pytest.raises(EngineError) as given_up:
        starting.start(lambda folder: None, lambda text: None)
    for word in [*words, "3 attempts", "sweep resume"]:
        assert word in str(given_up.value)
    assert "\n" not in str(given_up.value)
    assert len(str(given_up.value)) < 700
    assert scripted.ended == starting.ATTEMPTS


def test_a_second_attempt_starts_ray_with_its_agents(scripted, monkeypatch):
    with_agents = []

    def started_apart(*, agents):
        with_agents.append(agents)
        return nullcontext()

    monkeypatch.setattr(starting, "started_apart", started_apart)
    scripted.answers = [SLOW, "/tmp/ray/session_1"]
    starting.start(lambda folder: None, lambda text: None)
    assert with_agents == [False, True]


def test_a_signal_ends_the_attempts(scripted, monkeypatch):
    def init(**arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(ray, "init", init)
    with pytest.raises(KeyboardInterrupt):
        starting.start(lambda folder: None, lambda text: None)
    assert scripted.waited == []


def test_the_longest_folder_that_is_taken_is_the_longest_that_ray_takes():
    socket_of = "sweep-abcdefgh/r/session_2026-11-28_20-58-10_154551_4194304/sockets/plasma_store"
    longest = Path("/" + "x" * (107 - len(socket_of) - 2))
    starting.check_length(longest)
    validate_socket_filepath(str(longest / socket_of))
    longer = Path(f"{longest}x")
    with pytest.raises(OSError, match="AF_UNIX"):
        validate_socket_filepath(str(longer / socket_of))
    with pytest.raises(UsageError) as refused:
        starting.check_length(longer)
    assert str(longer) in str(refused.value)
    assert (
        "would have 108 bytes, the system allows 107. Set TMPDIR (or RAY_TMPDIR) to a"
        " folder of at most" in str(refused.value)
    )
    assert f"{len(str(longest))} bytes" in str(refused.value)


def test_a_folder_that_is_too_long_is_refused_before_ray_starts(scripted, monkeypatch):
    monkeypatch.setenv("TMPDIR", "/tmp/" + "ä" * 40)
    with pytest.raises(UsageError, match="TMPDIR=/tmp"):
        starting.start(lambda folder: None, lambda text: None)
    assert scripted.calls == []
    monkeypatch.setenv("RAY_TMPDIR", "/tmp")  # Ray asks for this one first
    scripted.answers = ["/tmp/ray/session_1"]
    starting.start(lambda folder: None, lambda text: None)


def test_a_port_of_the_users_choice_that_is_taken_is_refused_before_ray_starts(
    scripted, monkeypatch
):
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("RAY_GCS_SERVER_PORT", str(port))
        with pytest.raises(
            UsageError, match=rf"RAY_GCS_SERVER_PORT={port}: {os.strerror(98)}.*unset"
        ):
            starting.start(lambda folder: None, lambda text: None)
    assert scripted.calls == []
    scripted.answers = ["/tmp/ray/session_1"]
    starting.start(lambda folder: None, lambda text: None)


@pytest.mark.parametrize("port", ["a", "65536", "-1"])
def test_what_is_no_port_is_refused(port):
    with pytest.raises(UsageError, match="not a port"):
        starting.check_port(port)


@pytest.mark.parametrize(
    "free, store",
    [
        (24_000_000_000, 1_000_000_000),
        (500_000_000, 450_000_000),
        (64 * 2**20, 75 * 2**20),
        (0, 75 * 2**20),
        (None, 1_000_000_000),
    ],
)
def test_the_object_store_is_as_large_as_fits(free, store):
    assert starting.store(free) == store


def test_a_shared_memory_that_is_too_small_is_said_and_the_study_goes_on(
    scripted, monkeypatch
):
    monkeypatch.setattr(
        durable, "free", lambda path: 64 * 2**20
    )  # Docker's, unless told otherwise
    scripted.answers = ["/tmp/ray/session_1"]
    said = []
    starting.start(lambda folder: None, said.append)
    assert len(said) == 1
    assert "only 67.1 MB free in /dev/shm" in said[0]
    assert "--shm-size" in said[0]
    assert scripted.calls[0]["object_store_memory"] == 75 * 2**20


def test_a_machine_with_room_says_nothing(scripted):
    scripted.answers = ["/tmp/ray/session_1"]
    said = []
    starting.start(lambda folder: None, said.append)
    assert said == []
