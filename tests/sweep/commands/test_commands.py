"""What every command promises; one is added by its file, its registry line and its test."""

import inspect
import subprocess
import sys

import pytest

from sweep.commands import COMMANDS
from tests.sweep.commands.invoking import sweep


class TestEveryCommand:
    @pytest.mark.parametrize("name", COMMANDS)
    def test_a_command_is_the_function_of_its_own_file_and_says_what_it_does(
        self, name
    ):
        command = COMMANDS[name]
        assert command.__name__.rstrip("_") == name
        assert command.__module__ == f"sweep.commands.{command.__name__}"
        assert inspect.getdoc(command)
        assert sweep(name, "--help")[0] == 0


class TestWhatACommandLoads:
    @pytest.mark.parametrize(
        "command", [["status", "tiny"], ["report", "tiny"], ["show", "tiny", "1"]]
    )
    def test_reading_needs_neither_ray_nor_torch(self, finished, command):
        code = f"""
import sys
from sweep import cli
try:
    cli.app({command!r})
except SystemExit as end:
    assert not end.code, end.code
loaded = {{"ray", "torch"}} & sys.modules.keys()
assert not loaded, loaded
"""
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
