"""Describes how a trial process ended, in a sentence for people."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Exit:
    """How a process ended.

    Attributes:
        status: as `os.wait4` returns it.
        peak_memory: the largest main memory that it held, in bytes.
        out_of_memory: whether the kernel killed processes for lack of memory while it ran.
        stopped_by_us: the template killed it because it did not stop when told to.
        with_template: the template process was killed, and this process with it.
    """

    status: int
    peak_memory: int = 0
    out_of_memory: bool = False
    stopped_by_us: bool = False
    with_template: bool = False


def describe_exit(ended: Exit) -> str:
    """Why a trial process ended without a last message.

    `killed by signal 9 (SIGKILL), probably out of memory (it held 3.1 GB)`,
    `killed by signal 11 (SIGSEGV)`, `called os._exit(3)`.
    """
    if ended.with_template:
        return "the template process that started the trial was killed, and the trial with it"
    code = os.waitstatus_to_exitcode(ended.status)
    if code >= 0:
        return f"the trial's process called os._exit({code})"
    number = -code
    killed = f"the trial's process was killed by signal {number} ({_name(number)})"
    if ended.stopped_by_us:
        return f"{killed}: sweep killed it because it did not stop when asked"
    if number == signal.SIGKILL and ended.out_of_memory:
        return f"{killed}, probably out of memory (it held {ended.peak_memory / 1e9:.1f} GB)"
    return killed


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"SIGRTMIN+{number - signal.SIGRTMIN}"


def out_of_memory_kills() -> int:
    """How many processes the kernel has killed for lack of memory.

    Counted on this machine and in this process's control group (version 2: `memory.events`,
    version 1: `memory.oom_control`).
    """
    counted = [_counter(Path("/proc/vmstat"))]
    for line in _lines(Path("/proc/self/cgroup")):
        number, controllers, group = line.split(":", 2)
        if number == "0":
            counted.append(
                _counter(Path("/sys/fs/cgroup") / group.lstrip("/") / "memory.events")
            )
        elif "memory" in controllers.split(","):
            folder = Path("/sys/fs/cgroup/memory")
            counted.append(_counter(folder / group.lstrip("/") / "memory.oom_control"))
            # A container sees its own group here.
            counted.append(_counter(folder / "memory.oom_control"))
    counted.append(_counter(Path("/sys/fs/cgroup/memory.events")))
    return sum(counted)


def _counter(path: Path) -> int:
    for line in _lines(path):
        if line.startswith("oom_kill "):
            return int(line.split()[1])
    return 0


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
