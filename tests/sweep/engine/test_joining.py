"""An address that leads nowhere is refused in seconds, with what to check; no cluster
is started."""

import socket
import time
from pathlib import Path

import pytest

from sweep.engine import joining
from sweep.engine.joining import join
from sweep.errors import EngineError


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


def test_a_port_that_nobody_listens_on_is_named_with_what_to_check():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(
        EngineError,
        match=rf"127\.0\.0\.1:{port} could not be joined in 3 attempts: .*ray start --head",
    ):
        join(f"127.0.0.1:{port}", {})


def test_a_head_that_does_not_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(joining, "_REACH", 0.2)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:  # its queue is full: a further connection hangs
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        with pytest.raises(EngineError, match="timed out"):
            join(f"127.0.0.1:{full.getsockname()[1]}", {})
        for each in waiting:
            each.close()


def test_the_nodes_get_each_package_in_a_folder_of_its_name(tmp_path):
    """An editable installation maps `sweep_trainers` to the folder `trainers`; Ray goes
    by folders."""
    folders = [Path(folder) for folder in joining._code({}, tmp_path)["py_modules"]]
    assert [folder.name for folder in folders] == ["sweep", "sweep_trainers"]
    assert (folders[1] / "clip.py").is_file()
    assert (folders[1] / "data" / "digits_texts.json").is_file()
    assert not list(folders[1].rglob("__pycache__"))
