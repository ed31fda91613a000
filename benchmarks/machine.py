"""The machine that figures are measured on, and the resources of processes; from /proc (Linux)."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("torch", "ray", "optuna", "numpy", "pandas", "syne-tune")


def describe() -> str:
    """Return one line: processor, cores, memory, system, versions and load average."""
    model = "unknown CPU"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    versions = {name: _version(name) for name in PACKAGES}
    installed = [f"{name} {number}" for name, number in versions.items() if number]
    load = os.getloadavg()[0]
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"
        f" {platform.release()}, Python {platform.python_version()},"
        f" {', '.join(installed)}; load average {load:.1f} at the start"
    )


def _version(package: str) -> str:
    """Return the installed version of a package, or "" if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


@dataclass(frozen=True)
class Process:
    """One process.

    Attributes:
        cpu: seconds in user and system mode so far.
        rss: resident memory in MiB.
        pss: proportional memory in MiB: shared pages are divided among the processes that share
            them.
    """

    pid: int
    parent: int
    name: str
    cpu: float
    rss: float
    pss: float


def family(root: int) -> list[Process]:
    """Return a process and its descendants; those that have ended meanwhile are left out."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int(_fields(entry)[1])
        except (OSError, IndexError):
            continue
    members = [root]
    for member in members:
        members += [pid for pid, parent in parents.items() if parent == member]
    processes = [_process(pid) for pid in members]
    return [process for process in processes if process is not None]


def _process(pid: int) -> Process | None:
    """Return a process, or None if it has ended."""
    folder = Path("/proc") / str(pid)
    try:
        fields = _fields(folder)
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
        lines = (folder / "smaps_rollup").read_text().splitlines()[1:]
        memory = dict(line.split(":") for line in lines)
    except (OSError, IndexError, ValueError):
        return None
    ticks = int(fields[11]) + int(fields[12])
    return Process(
        pid=pid,
        parent=int(fields[1]),
        name=command.decode(errors="replace").strip(),
        cpu=ticks / os.sysconf("SC_CLK_TCK"),
        rss=int(memory["Rss"].split()[0]) / 1024,
        pss=int(memory["Pss"].split()[0]) / 1024,
    )


def _fields(folder: Path) -> list[str]:
    """Return the fields after the name in `/proc/PID/stat`: the state, the parent and so on."""
    return (folder / "stat").read_text().rpartition(")")[2].split()
