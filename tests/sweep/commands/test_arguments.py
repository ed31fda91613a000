"""Arguments that commands share: one meaning, one help, and completions that load only
when asked."""

import subprocess
import sys

import pytest

from sweep.commands.arguments import Engine
from sweep.engines import ENGINES
from tests.sweep.commands.invoking import sweep


def test_the_command_line_offers_every_engine():
    by_its_own_option = {"debug"}  # `--debug`
    assert {engine.value for engine in Engine} == ENGINES.keys() - by_its_own_option


@pytest.mark.parametrize("command", ["run", "resume"])
def test_the_cluster_address_may_come_from_rays_environment_variable(command):
    assert "RAY_ADDRESS" in sweep(command, "--help")[1]


@pytest.mark.parametrize("command", ["plan", "check", "try", "run"])
def test_every_command_with_overrides_has_the_same_option(command):
    assert "--set KEY=VALUE" in " ".join(sweep(command, "--help")[1].split())


def test_completion_is_not_loaded_before_a_shell_asks():
    code = "import sweep.commands.arguments, sys; print('sweep.commands.completion' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
