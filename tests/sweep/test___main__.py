"""`python -m sweep` is the `sweep` command."""

import subprocess
import sys

import sweep


def test_it_answers_as_the_command_does():
    command = [sys.executable, "-m", "sweep", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"sweep {sweep.__version__}\n"


def test_its_exit_code_is_the_commands():
    command = [sys.executable, "-m", "sweep", "status", "no such study"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("sweep: ")
