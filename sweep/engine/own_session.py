"""Ray's processes in sessions of their own, so that a terminal's signals reach the driver alone.

A terminal that is closed sends SIGHUP to the whole process group, and Ctrl-C SIGINT. Ray's
`gcs_server` and raylet would end at once, and the driver could neither save nor say anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ray
from ray._private import auto_init_hook, services, worker
from ray.tune.execution import class_cache

from sweep import secrets

_USUALLY = auto_init_hook.enable_auto_connect
_NEEDED = ("gcs_server", "raylet")


@contextmanager
def started_apart() -> Iterator[None]:
    """What Ray starts in this context leads a session of its own; workers are in their raylet's."""
    usual: Any = getattr(services, "ConsolePopen", None)
    if usual is None:  # another Ray: its processes stay in our group
        yield
        return

    def start(*arguments: Any, **options: Any) -> Any:
        return usual(*arguments, **{**options, "start_new_session": True})

    services.ConsolePopen = start
    try:
        yield
    finally:
        services.ConsolePopen = usual
        auto_init_hook.enable_auto_connect = _USUALLY


def without_secrets_in_its_log() -> None:
    """Let Ray Tune hand no credentials to its workers, which it would write to a log.

    Workers of a Ray on this machine have the driver's environment anyway; those of a cluster are
    handed what a storage needs by `sweep.engine.worker_context`.
    """
    handed_over: Any = getattr(class_cache, "ENV_VARS_TO_PROPAGATE", None)
    if isinstance(handed_over, set):
        handed_over -= {name for name in handed_over if secrets.looks_secret(name)}


def dead() -> str | None:
    """The name of a process without which Ray cannot work and that has ended; None: none has.

    Of a Ray that was started here only; those of a cluster are on other machines.
    """
    for name in _NEEDED:
        if any(process.poll() is not None for process in _processes(name)):
            return name
    return None


def let_go() -> None:
    """Leave a Ray that has lost a process: whatever is asked of it afterwards fails at once.

    Without its `gcs_server` a call waits 60 s, and then Ray's core ends the driver. So the rest is
    killed, the connection closed, and no later call of Ray Tune's cleaning up may start another.
    """
    _end_all()
    auto_init_hook.enable_auto_connect = False
    ray.shutdown()


def _end_all() -> None:
    node: Any = getattr(worker, "_global_node", None)
    for name in getattr(node, "all_processes", {}):
        for process in _processes(name):
            if process.poll() is None:
                process.kill()


def _processes(name: str) -> list[Any]:
    node: Any = getattr(worker, "_global_node", None)
    return [info.process for info in getattr(node, "all_processes", {}).get(name, [])]
