"""Whether a process may be forked: whatever the child could wait for in vain is named."""

import sys
import threading
from types import SimpleNamespace

import pytest

from sweep.worker import forkable, kernel
from sweep.worker.forkable import obstacle

pytestmark = pytest.mark.skipif(not kernel.LINUX, reason="only Linux forks trials")


@pytest.fixture
def alone(monkeypatch):
    """A process with one thread, as a template is: whatever else the test run has is left out."""
    monkeypatch.setattr(threading, "enumerate", lambda: [threading.main_thread()])
    monkeypatch.setattr(forkable, "_has_cuda", lambda: False)
    monkeypatch.setattr(kernel, "threads", list)


@pytest.mark.usefixtures("alone")
def test_a_process_of_one_thread_may_be_forked():
    assert obstacle() is None


def test_a_thread_that_the_trainer_s_module_started_is_named():
    done = threading.Event()
    thread = threading.Thread(target=done.wait, name="reads-ahead")
    thread.start()
    try:
        assert "started threads (" in obstacle()
        assert "reads-ahead" in obstacle()
    finally:
        done.set()
        thread.join()


@pytest.mark.usefixtures("alone")
def test_cuda_is_an_obstacle(monkeypatch):
    monkeypatch.setattr(forkable, "_has_cuda", lambda: True)
    assert obstacle() == "importing the trainer started CUDA"


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    "names, sleeping, said",
    [
        (["jemalloc_bg_thd"], 0, None),
        (["python3"], 1, None),
        (["decoder", "python3"], 1, "native threads (decoder, python3)"),
    ],
)
def test_only_native_threads_that_sleep_without_a_lock_permit_a_fork(
    monkeypatch, names, sleeping, said
):
    monkeypatch.setattr(kernel, "threads", lambda: names)
    monkeypatch.setattr(forkable, "_openblas_threads", lambda: sleeping)
    assert obstacle() is None if said is None else obstacle().endswith(said)


@pytest.mark.usefixtures("alone")
def test_the_thread_behind_progress_bars_is_ended(monkeypatch):
    exits = []
    bars = SimpleNamespace(monitor=SimpleNamespace(exit=lambda: exits.append(True)))
    monkeypatch.setitem(sys.modules, "tqdm", SimpleNamespace(tqdm=bars))
    assert obstacle() is None
    assert (exits, bars.monitor) == ([True], None)


def test_a_driver_library_without_a_context_is_no_obstacle(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr(
        forkable.Path, "read_text", lambda path, **how: "7f00 r-xp libcuda.so.550\n"
    )

    class Driver:
        answer = 3  # CUDA_ERROR_NOT_INITIALIZED

        def cuDeviceGetCount(self, count):
            return self.answer

    monkeypatch.setattr(forkable.ctypes, "CDLL", lambda name: Driver())
    assert not forkable._has_cuda()
    monkeypatch.setattr(Driver, "answer", 0)
    assert forkable._has_cuda()


def test_a_context_that_torch_holds_is_seen(monkeypatch):
    cuda = SimpleNamespace(is_initialized=lambda: True)
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    assert forkable._has_cuda()
