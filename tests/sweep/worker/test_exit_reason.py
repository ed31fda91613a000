"""How a trial's process ended, in words."""

import signal

import pytest

from sweep.worker import exit_reason
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


def test_the_counter_is_read_to_the_end_of_a_file_that_comes_in_pieces(
    tmp_path, monkeypatch
):
    path = tmp_path / "vmstat"
    path.write_text("".join(f"other_{n} 1\n" for n in range(300)) + "oom_kill 7\n")
    monkeypatch.setattr(exit_reason, "_PIECE", 100)
    assert exit_reason._counter(str(path)) == 7
    assert exit_reason._counter(str(tmp_path / "absent")) == 0
    path.write_text("not_oom_kill 7\noom_kill_disable 0\n")
    assert exit_reason._counter(str(path)) == 0
