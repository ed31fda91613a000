"""Whether a CUDA MPS runs, with a pipe in the place of NVIDIA's."""

import os
import subprocess
import sys

import pytest

from sweep.provenance import mps
from tests.waiting import wait_until


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_MPS_PIPE_DIRECTORY", str(tmp_path))
    return tmp_path


def test_without_pipes_there_is_none(folder):
    assert mps.pipes() == folder
    assert not mps.running()


def test_a_pipe_that_somebody_reads_is_a_service(folder):
    os.mkfifo(folder / "control")
    reader = os.open(folder / "control", os.O_RDONLY | os.O_NONBLOCK)
    assert mps.running()
    os.close(reader)
    assert not mps.running(), "its reader left it behind"


@pytest.mark.skipif(sys.platform != "linux", reason="NOT CHECKED: needs /proc")
def test_a_process_of_its_name_is_a_service(folder, tmp_path):
    (folder / "control").touch()
    wait_until(lambda: not mps.running(), 30)  # another test's may still run
    program = tmp_path / "nvidia-cuda-mps-control"
    program.symlink_to("/bin/sleep")
    process = subprocess.Popen([program, "600"])
    try:
        wait_until(mps.running, 30)
    finally:
        process.kill()
        process.wait()


def test_the_folder_is_nvidias_unless_the_user_says_another(monkeypatch):
    monkeypatch.delenv("CUDA_MPS_PIPE_DIRECTORY", raising=False)
    assert str(mps.pipes()) == "/tmp/nvidia-mps"


def test_what_the_user_set_is_what_workers_are_told(monkeypatch):
    for name in mps.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert mps.variables() == {}
    monkeypatch.setenv("CUDA_MPS_ACTIVE_THREAD_PERCENTAGE", "25")
    assert mps.variables() == {"CUDA_MPS_ACTIVE_THREAD_PERCENTAGE": "25"}
