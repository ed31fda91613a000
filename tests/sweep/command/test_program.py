"""A program as a process: its exit code, and what it printed."""

import sys

import pytest

from sweep.command.program import CommandProcess, describe_exit


def started(tmp_path, script, grace=10.0):
    return CommandProcess([sys.executable, "-c", script], tmp_path, tmp_path, {}, grace)


@pytest.mark.parametrize(
    "script, code",
    [
        ("pass", 0),
        ("import sys; sys.exit(3)", 3),
        ("import os; os.kill(os.getpid(), 11)", 139),
        ("1/0", 1),
    ],
)
def test_exit_codes_are_those_a_shell_would_say(tmp_path, script, code):
    with started(tmp_path, script) as process:
        assert process.wait(20) == code


def test_a_program_that_is_not_there(tmp_path):
    with CommandProcess(["no-such-program"], tmp_path, tmp_path, {}, 1.0) as process:
        assert process.wait(20) == 127
        assert process.last_words() == "no-such-program: no such program"


def test_exit_codes_in_words():
    assert describe_exit(3) == "exit code 3"
    assert describe_exit(139) == "exit code 139 (SIGSEGV)"
    assert describe_exit(255) == "exit code 255"


def test_output_is_appended_and_only_this_attempts_is_quoted(tmp_path):
    for word in ("first", "second"):
        with started(
            tmp_path, f"print({word!r}); import sys; print('error', file=sys.stderr)"
        ) as process:
            process.wait(20)
            assert sorted(process.last_words().splitlines()) == sorted([word, "error"])
    assert process.output.read_text().count("error") == 2
