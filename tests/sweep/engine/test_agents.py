"""A raylet's command without its agents. No Ray is started."""

import shlex
import sys

import pytest
from ray import _raylet

from sweep.engine import agents
from sweep.engine.agents import without_agents

NODE = "00ff" * 14
PORTS = {
    "dashboard_agent_listen_port",
    "metrics_agent_port",
    "metrics_export_port",
    "runtime_env_agent_port",
}
pytestmark = pytest.mark.skipif(
    not agents._can_wait(), reason="needs Linux with pidfd_open"
)


@pytest.fixture
def command(tmp_path):
    """A raylet's command, with its agents."""
    return [
        "/ray/raylet",
        f"--session_dir={tmp_path}",
        f"--node_id={NODE}",
        "--python_worker_command=python worker.py",
        "--dashboard_agent_command=python -u agent.py --listen-port=0",
        "--runtime_env_agent_command=python -u main.py",
    ]


def agents_in(command):
    """The programs of the agents in a command."""
    return [
        shlex.split(word.partition("=")[2])
        for word in command
        if "_agent_command=" in word
    ]


def test_agents_are_replaced_by_a_program_that_waits(command):
    changed = without_agents(command)
    assert changed[:4] == command[:4]
    program = [sys.executable, "-I", "-S", str(agents._WAITING)]
    assert agents_in(changed) == [program, program]
    assert agents._WAITING.is_file()


def test_the_ports_that_the_raylet_waits_for_are_written(command, tmp_path):
    without_agents(command)
    written = {path.name.removesuffix(f"_{NODE}"): path for path in tmp_path.iterdir()}
    assert set(written) == PORTS
    for path in written.values():
        assert int(path.read_text()) == agents._NO_PORT


def test_another_command_stays_as_it_is(tmp_path):
    server = ["/ray/gcs_server", f"--session_dir={tmp_path}", f"--node_id={NODE}"]
    assert without_agents(server) == server
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", agents._WITH_ENVIRONMENT)
def test_a_driver_with_a_runtime_environment_keeps_the_agents(
    command, tmp_path, monkeypatch, name
):
    monkeypatch.setenv(name, "{}")
    assert without_agents(command) == command
    assert not list(tmp_path.iterdir())


def test_a_driver_under_uv_run_keeps_the_agents(command, monkeypatch):
    above = [["bash"], ["/home/me/.local/bin/uv", "run", "sweep", "run", "a.yaml"]]
    monkeypatch.setattr(agents, "_ancestors", lambda: iter(above))
    assert without_agents(command) == command


def test_another_program_named_uv_is_not_uv_run(command, monkeypatch):
    above = [["uv"], ["uv", "sync"], ["uvicorn", "run"], [""]]
    monkeypatch.setattr(agents, "_ancestors", lambda: iter(above))
    assert without_agents(command) != command


def test_another_version_of_ray_keeps_the_agents(command, tmp_path, monkeypatch):
    monkeypatch.delattr(_raylet, "persist_port")
    assert without_agents(command) == command


@pytest.mark.parametrize("name", agents._REPLACED)
@pytest.mark.parametrize("text", ["class Other: ...", None])
def test_a_ray_whose_actors_have_an_environment_keeps_the_agents(
    command, tmp_path, monkeypatch, name, text
):
    """If the actors cannot be replaced, Ray Tune gives them a runtime environment."""
    for each, definition in agents._REPLACED.items():
        file = tmp_path / "ray" / each
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{definition}: ...")
    monkeypatch.setattr(agents.ray, "__file__", str(tmp_path / "ray" / "__init__.py"))
    assert without_agents(command) != command
    changed = tmp_path / "ray" / name
    changed.unlink() if text is None else changed.write_text(text)
    assert without_agents(command) == command


def test_a_system_on_which_no_program_can_wait_keeps_the_agents(command, monkeypatch):
    monkeypatch.setattr(agents.kernel, "pidfd", lambda pid: None)
    assert without_agents(command) == command


def test_ancestors_are_the_commands_of_the_processes_above():
    above = list(agents._ancestors())
    assert above
    assert all(isinstance(word, str) for words in above for word in words)
