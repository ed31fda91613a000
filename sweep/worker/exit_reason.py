"""Describes how a trial process ended, in a sentence for people."""

from __future__ import annotations

import os
import re
import signal
from dataclasses import dataclass

_KILLS = re.compile(rb"^oom_kill (\d+)$", re.MULTILINE)
_PIECE = 1 << 16  # bytes read at a time


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
    version 1: `memory.oom_control`). A template process reads this twice a trial, so that paths are
    text and files are read at once: each step in a process that was forked copies memory pages.
    """
    counted = [_counter("/proc/vmstat")]
    for line in _contents("/proc/self/cgroup").decode(errors="replace").splitlines():
        number, controllers, group = line.split(":", 2)
        group = group.strip("/")
        if number == "0":
            counted.append(_counter(f"/sys/fs/cgroup/{group}/memory.events"))
        elif "memory" in controllers.split(","):
            folder = "/sys/fs/cgroup/memory"
            counted.append(_counter(f"{folder}/{group}/memory.oom_control"))
            # A container sees its own group here.
            counted.append(_counter(f"{folder}/memory.oom_control"))
    counted.append(_counter("/sys/fs/cgroup/memory.events"))
    return sum(counted)


def _counter(path: str) -> int:
    found = _KILLS.search(_contents(path))
    return 0 if found is None else int(found[1])


def _contents(path: str) -> bytes:
    """A small file of the kernel; empty if there is none."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    content = b""
    try:
        while piece := os.read(file, _PIECE):
            content += piece
    except OSError:
        return b""
    finally:
        os.close(file)
    return content
