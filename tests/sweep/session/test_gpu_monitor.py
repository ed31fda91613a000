"""What a trial takes of the GPUs, read from a stand-in for `nvidia-smi`."""

import time

import pytest

from sweep.errors import UsageError
from sweep.session import gpu_monitor
from sweep.session.gpu_monitor import Gpu, GpuUse, Monitor
from tests.waiting import wait_until

MIB = 2**20


@pytest.mark.parametrize(
    "line, expected",
    [
        ("0, 1024, 81559, 37", Gpu(0, 1024 * MIB, 81559 * MIB, 0.37)),
        ("3, 0, 16384, [N/A]", Gpu(3, 0, 16384 * MIB, None)),
        ("0, [N/A], [N/A], 3", None),
        ("No devices were found", None),
        ("", None),
    ],
)
def test_a_line_is_a_gpu_whose_memory_is_known(line, expected):
    assert gpu_monitor.read(line) == expected


def test_without_nvidia_smi_no_gpu_is_listed(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpu_monitor.gpus() == []
    with pytest.raises(UsageError, match="nvidia-smi: No such file"):
        Monitor([]).__enter__()


def watched(gpus, *states):
    """What a monitor says of GPUs that go through states, each of which it sees."""
    gpus(*states[0])
    with Monitor(gpu_monitor.gpus()) as monitor:
        since = time.monotonic()
        for state in states[1:]:
            gpus(*state)
            seen = len(monitor.looks)
            enough = seen + 4 * len(state)
            wait_until(lambda enough=enough: len(monitor.looks) >= enough, 30)
    return monitor.use(since)


def test_memory_use_is_the_maximum_above_the_use_before(gpus):
    use = watched(
        gpus, [(500, 10_000, 0)], [(2_500, 10_000, 40)], [(1_500, 10_000, 40)]
    )
    assert use.gpus == 1
    assert use.memory == 2_000 * MIB
    assert (use.free, use.total) == (9_500 * MIB, 10_000 * MIB)
    assert 0.3 < use.busy <= 0.4


def test_a_gpu_that_the_trial_does_not_touch_does_not_count(gpus):
    idle, taken = (0, 10_000, 0), (3_000, 10_000, 80)
    use = watched(gpus, [idle, idle], [idle, taken])
    assert (use.gpus, use.memory) == (1, 3_000 * MIB)
    assert use.busy > 0.5


def test_a_trial_on_two_gpus_is_known_as_one(gpus):
    idle = (0, 10_000, 0)
    use = watched(gpus, [idle, idle], [(1_000, 10_000, 50), (2_000, 10_000, 50)])
    assert (use.gpus, use.memory) == (2, 2_000 * MIB)


def test_a_trainer_on_the_cpu_uses_no_gpu(gpus):
    assert watched(gpus, [(500, 10_000, 0)], [(510, 10_000, 0)]) is None


def test_a_gpu_without_utilization_has_no_busy_share(gpus):
    use = watched(gpus, [(0, 10_000, "[N/A]")], [(900, 10_000, "[N/A]")])
    assert use == GpuUse(1, 900 * MIB, 10_000 * MIB, 10_000 * MIB, None)


def test_busy_time_is_that_of_the_epochs_not_of_the_start(gpus):
    gpus((0, 10_000, 0))
    with Monitor(gpu_monitor.gpus()) as monitor:
        gpus((1_000, 10_000, 100))
        wait_until(lambda: monitor.looks[-1][1].busy == 1.0, 30)
        gpus((1_000, 10_000, 20))
        wait_until(lambda: monitor.looks[-1][1].busy == 0.2, 30)
        since = time.monotonic()
        wait_until(lambda: monitor.looks[-1][0] > since, 30)
    assert monitor.use(since).busy == pytest.approx(0.2)


def test_a_monitor_without_output_is_refused_after_a_limit(gpus, monkeypatch):
    monkeypatch.setattr(gpu_monitor, "_LONGEST", 0.2)
    gpus()
    with pytest.raises(UsageError, match="printed nothing"), Monitor([]):
        pass


def test_some_seconds_of_epochs_are_enough():
    assert not gpu_monitor.is_enough(10.0, 10.5)
    assert gpu_monitor.is_enough(10.0, 15.0)
