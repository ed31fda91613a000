"""Starts a local Ray with few processes, each in a separate session.

A closed terminal sends SIGHUP to the whole process group, and Ctrl-C sends SIGINT. Otherwise Ray's
`gcs_server` and raylet would end at once, and the driver could neither save nor report anything.

Three of Ray's programs are not needed, and each takes a second of CPU time to import Ray: the
autoscaler's monitor (one machine adds no others), the log monitor (the workers' output is not sent
to the driver) and the API server (there is no dashboard), for which `ray.init` even waits. The two
agents of the raylet are replaced as well: see `sweep.engine.agents`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import ray
from ray._private import auto_init_hook, services, utils, worker
from ray._private.node import Node

from sweep import secrets
from sweep.engine.agents import without_agents

_USUALLY = auto_init_hook.enable_auto_connect
_NEEDED = ("gcs_server", "raylet")
# Imported by a worker before it has a task, while the driver still imports Ray Tune.
_PRELOADED = {"RAY_preload_python_modules": "sweep.engine.actor"}
# The methods of Ray's `Node` that start what is not needed.
_NOT_NEEDED = ("start_monitor", "start_log_monitor", "start_api_server")
# Ray's function that says why a dashboard cannot run. It imports aiohttp to find out.
_WHY_NO_DASHBOARD = "get_dashboard_dependency_error"
# The titles of the programs that a raylet starts beside its workers.
_AGENTS = ("ray::DashboardAgent", "ray::RuntimeEnvAgent")


@contextmanager
def started_apart(*, agents: bool = False) -> Iterator[None]:
    """Ray's processes started in this context lead a new session; workers join their raylet's.

    Programs that are not needed are not started.

    Args:
        agents: start the raylet's agents, which a local cluster works without.
    """
    usual: Any = getattr(services, "ConsolePopen", None)
    if usual is None:  # another version of Ray: its processes stay in our group
        yield
        return

    def start(command: Any, *arguments: Any, **options: Any) -> Any:
        if not agents:
            command = without_agents(command)
        environment = {**_PRELOADED, **(options.get("env") or os.environ)}
        changed = {"env": environment, "start_new_session": True}
        return usual(command, *arguments, **{**options, **changed})

    services.ConsolePopen = start
    try:
        with _few_processes(), _no_dashboard(unless=agents):
            yield
    finally:
        services.ConsolePopen = usual
        auto_init_hook.enable_auto_connect = _USUALLY


@contextmanager
def _few_processes() -> Iterator[None]:
    """A Ray that is started in this context starts nothing that it works without."""
    usual = {name: vars(Node)[name] for name in _NOT_NEEDED if name in vars(Node)}

    def not_started(node: Node, *arguments: Any, **options: Any) -> None:
        """In place of a method that starts a process."""

    for name in usual:
        setattr(Node, name, not_started)
    try:
        yield
    finally:
        for name, method in usual.items():
            setattr(Node, name, method)


@contextmanager
def _no_dashboard(*, unless: bool) -> Iterator[None]:
    """In this context Ray does not look for the packages of its dashboard: there is none."""
    usual: Any = getattr(utils, _WHY_NO_DASHBOARD, None)
    if unless or usual is None:
        yield
        return
    setattr(utils, _WHY_NO_DASHBOARD, lambda: ImportError("sweep starts no dashboard"))
    try:
        yield
    finally:
        setattr(utils, _WHY_NO_DASHBOARD, usual)


def without_secrets_in_its_log() -> None:
    """Keep Ray Tune from passing credentials to its workers, as it writes them to a log.

    Workers of a local cluster inherit the driver's environment. Workers of a joined cluster get the
    credentials of a storage from `sweep.engine.worker_context`.
    """
    from ray.tune.execution import class_cache  # takes a second

    passed_on: Any = getattr(class_cache, "ENV_VARS_TO_PROPAGATE", None)
    if isinstance(passed_on, set):
        passed_on -= {name for name in passed_on if secrets.looks_secret(name)}


def dead() -> str | None:
    """The name of a necessary process of a local cluster that has ended; None if all run.

    The processes of a joined cluster are on other machines.
    """
    for name in _NEEDED:
        if any(process.poll() is not None for process in _processes(name)):
            return name
    return None


def let_go() -> None:
    """Disconnect from a cluster that has lost a process, so that later calls fail at once.

    Without its `gcs_server` a call waits 60 s, and then Ray's core ends the driver. So the other
    processes are killed, the connection is closed, and later calls cannot start a new cluster.
    """
    _end_all()
    auto_init_hook.enable_auto_connect = False
    ray.shutdown()


def _end_all() -> None:
    node: Any = getattr(worker, "_global_node", None)
    agents = [pid for raylet in _processes("raylet") for pid in agents_of(raylet.pid)]
    for name in getattr(node, "all_processes", {}):
        for process in _processes(name):
            if process.poll() is None:
                process.kill()
    for pid in agents:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def agents_of(raylet: int) -> list[int]:
    """The agents of a raylet, also of one that has died; empty where there is no `/proc`.

    An agent that loses its raylet reports that to the `gcs_server` before it ends, and waits a
    minute where that one has ended too. Agents are in the session that the raylet leads.
    """
    agents = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            title = (folder / "cmdline").read_bytes().decode(errors="replace")
            is_agent = title.startswith(_AGENTS)
            if is_agent and os.getsid(int(folder.name)) == raylet:
                agents.append(int(folder.name))
        except OSError:  # the process has ended meanwhile
            continue
    return agents


def _processes(name: str) -> list[Any]:
    node: Any = getattr(worker, "_global_node", None)
    return [info.process for info in getattr(node, "all_processes", {}).get(name, [])]
