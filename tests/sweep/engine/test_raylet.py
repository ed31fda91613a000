"""A process is known by the socket it listens at, and its end is noticed at once. No Ray
is started."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from ray._private import worker

from sweep.engine import raylet
from sweep.engine.raylet import Raylet
from tests.waiting import wait_until

LISTEN = """
import socket, sys, time
with socket.socket(socket.AF_UNIX) as listening:
    listening.bind(sys.argv[1])
    listening.listen()
    time.sleep(600)
"""
needs_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="NOT CHECKED: only Linux says who listens"
)


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket may have 107 bytes
    return "raylet"


@pytest.fixture
def listening(path):
    process = subprocess.Popen([sys.executable, "-S", "-c", LISTEN, path])
    wait_until(lambda: raylet.listener(path) is not None, 30)
    yield process
    process.kill()
    process.wait()


@needs_linux
def test_a_socket_names_its_process(listening, path):
    assert raylet.listener(path) == listening.pid


@needs_linux
def test_a_process_that_ended_is_noticed_before_anybody_has_reaped_it(listening, path):
    watched = Raylet(path)
    assert not watched.ended()
    listening.kill()
    os.waitid(os.P_PID, listening.pid, os.WEXITED | os.WNOWAIT)
    assert watched.ended()
    watched.close()


@needs_linux
def test_a_socket_without_a_listener_names_no_process(listening, path):
    listening.kill()
    listening.wait()
    assert raylet.listener(path) is None


@pytest.mark.parametrize("unknown", [None, "no-such-socket"])
def test_a_process_that_is_not_known_is_not_called_dead(unknown, path):
    watched = Raylet(unknown)
    assert not watched.ended()
    watched.close()


def test_a_closed_watch_does_not_report_a_death(path):
    watched = Raylet(path)
    watched.close()
    watched.close()
    assert not watched.ended()


def test_the_socket_is_that_of_the_node_which_ray_is_connected_to(monkeypatch):
    monkeypatch.setattr(worker, "_global_node", None)
    assert raylet.socket_path() is None
    node = SimpleNamespace(raylet_socket_name="/tmp/ray/raylet")
    monkeypatch.setattr(worker, "_global_node", node)
    assert raylet.socket_path() == "/tmp/ray/raylet"
