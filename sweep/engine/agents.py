"""Replaces the agents of a local cluster's raylet by programs that wait for its end.

A raylet starts two Python programs beside its workers, the dashboard's agent and the agent of
runtime environments, and waits until each has written the ports that it listens on. Each takes a
second of CPU time to import Ray. A local cluster has no dashboard, and its workers have the
driver's environment, so nothing asks an agent. But a raylet ends when an agent ends, so there has
to be one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import ray
from ray import _raylet
from ray._private import ray_constants

from sweep.worker import kernel

_AGENTS = ("--dashboard_agent_command=", "--runtime_env_agent_command=")
_FOLDER, _NODE = "--session_dir=", "--node_id="
_NO_PORT = -1  # Ray's own value for a service that is not in use
_PORTS = (
    "DASHBOARD_AGENT_LISTEN_PORT_NAME",
    "METRICS_AGENT_PORT_NAME",
    "METRICS_EXPORT_PORT_NAME",
    "RUNTIME_ENV_AGENT_PORT_NAME",
)
# Variables with which a driver gets a runtime environment, which the agent makes.
_WITH_ENVIRONMENT = ("RAY_JOB_CONFIG_JSON_ENV_VAR", "RAY_RUNTIME_ENV_HOOK")
# Files of Ray and what `sweep.engine.trainable` replaces in them, so that Ray Tune's actors have no
# runtime environment. They are read, as importing Ray Tune takes a second.
_REPLACED = {
    "tune/execution/class_cache.py": "class _ActorClassCache",
    "tune/experiment/trial.py": "class _TrialInfo",
    "train/_internal/storage.py": "class StorageContext",
}
_WAITING = Path(__file__).with_name("agent_program.py")


def without_agents(command: Sequence[str]) -> list[str]:
    """The command of a raylet with programs that only wait as its agents.

    It also writes the files with the agents' ports, which the raylet waits for. Any other command
    is returned as it is, and so is that of a raylet that needs its agents: another version of Ray
    may wait for something else, and a driver may have a runtime environment.
    """
    command = list(command)
    folder, node = _value(command, _FOLDER), _value(command, _NODE)
    agents = [word for word in command if word.startswith(_AGENTS)]
    names = [getattr(_raylet, name, None) for name in _PORTS]
    persist: Any = getattr(_raylet, "persist_port", None)
    if None in (folder, node, persist, *names) or len(agents) != len(_AGENTS):
        return command
    if not (_can_wait() and _actors_are_replaced()) or _has_environment():
        return command
    for name in names:
        persist(folder, node, name, _NO_PORT)
    waiting = subprocess.list2cmdline([sys.executable, "-I", "-S", str(_WAITING)])
    return [_replaced(word, waiting) for word in command]


def _can_wait() -> bool:
    """Whether a program can wait for the end of a process that is not its child."""
    handle = kernel.pidfd(os.getpid())
    if handle is None:
        return False
    os.close(handle)
    return True


def _actors_are_replaced() -> bool:
    """Whether this version of Ray has all that `sweep.engine.trainable` replaces."""
    package = Path(ray.__file__).parent
    for name, definition in _REPLACED.items():
        try:
            if definition not in (package / name).read_text(encoding="utf-8"):
                return False
        except OSError:
            return False
    return True


def _has_environment() -> bool:
    """Whether Ray gives this driver a runtime environment: in a job of Ray, or under `uv run`."""
    if any(os.environ.get(name) for name in _WITH_ENVIRONMENT):
        return True
    if not getattr(ray_constants, "RAY_ENABLE_UV_RUN_RUNTIME_ENV", True):
        return False
    return any(_is_uv_run(words) for words in _ancestors())


def _is_uv_run(words: Sequence[str]) -> bool:
    """Whether a command is `uv run …`, which Ray recognises in the same way."""
    return words[1:2] == ["run"] and Path(words[0]).name == "uv"


def _ancestors() -> Iterator[list[str]]:
    """The commands of the parent of this process, of its parent, and so on."""
    pid = os.getppid()
    while pid > 1:
        folder = Path(f"/proc/{pid}")
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:  # it has ended, or is another user's
            return
        yield [os.fsdecode(word) for word in words]
        pid = int(fields[1])


def _value(command: Sequence[str], option: str) -> str | None:
    """The value of an option of a command; None if it is not there."""
    for word in command:
        if word.startswith(option):
            return word.removeprefix(option)
    return None


def _replaced(word: str, program: str) -> str:
    """An option with another program, if it names an agent."""
    for option in _AGENTS:
        if word.startswith(option):
            return option + program
    return word
