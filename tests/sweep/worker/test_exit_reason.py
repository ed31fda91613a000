"""How a trial's process ended, in words."""

import signal

import pytest

from sweep.worker.exit_reason import Exit, describe_exit, out_of_memory_kills

KILLED = int(
    signal.SIGKILL
)  # a wait status: the signal's number; an exit code is shifted by 8


@pytest.mark.parametrize(
    "ended, words",
    [
        (Exit(3 << 8), "the trial's process called os._exit(3)"),
        (Exit(int(signal.SIGSEGV)), "was killed by signal 11 (SIGSEGV)"),
        (Exit(KILLED), "was killed by signal 9 (SIGKILL)"),
        (
            Exit(KILLED, stopped_by_us=True),
            "sweep killed it because it did not stop when asked",
        ),
        (
            Exit(KILLED, with_template=True),
            "the template process that started the trial",
        ),
        (Exit(int(signal.SIGRTMIN) + 2), "(SIGRTMIN+2)"),
    ],
)
def test_the_signal_or_the_exit_code_is_named(ended, words):
    assert words in describe_exit(ended)


def test_a_lack_of_memory_is_named_with_what_the_process_held():
    ended = Exit(KILLED, peak_memory=3_100_000_000, out_of_memory=True)
    assert describe_exit(ended).endswith("probably out of memory (it held 3.1 GB)")


def test_another_signal_is_not_blamed_on_a_lack_of_memory():
    ended = Exit(int(signal.SIGTERM), peak_memory=3_100_000_000, out_of_memory=True)
    assert "out of memory" not in describe_exit(ended)


def test_the_kernel_s_kills_are_counted_and_never_fewer_than_before():
    before = out_of_memory_kills()
    assert 0 <= before <= out_of_memory_kills()
