"""What the figures were measured on, and what processes take of it; read from /proc (Linux)."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("torch", "ray", "optuna", "numpy", "pandas", "syne-tune")


def describe() -> str:
    """One line: processor, cores, memory, system, versions, and how busy it was."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next(
        (
            line.partition(":")[2].strip()
            for line in lines
            if line.startswith("model name")
        ),
        "unknown CPU",
    )
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    versions = ", ".join(
        f"{name} {found}" for name in PACKAGES if (found := _version(name))
    )
    busy = os.getloadavg()[0]
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"
        f" {platform.release()}, Python {platform.python_version()}, {versions}; load"
        f" average {busy:.1f} at the start"
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


@dataclass(frozen=True)
class Process:
    """One process of a family.

    Attributes:
        cpu: seconds in user and system mode so far.
        rss, pss: MiB resident, and MiB resident with shared pages divided among those that share
            them.
    """

    pid: int
    parent: int
    name: str
    cpu: float
    rss: float
    pss: float


def family(root: int) -> list[Process]:
    """A process and all that descend from it, those that ended meanwhile left out."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int(_fields(entry)[1])
        except (OSError, IndexError):
            continue
    members = [root]
    for member in members:
        members += [pid for pid, parent in parents.items() if parent == member]
    found = (_process(pid) for pid in members)
    return [process for process in found if process is not None]


def _process(pid: int) -> Process | None:
    folder = Path("/proc") / str(pid)
    try:
        fields = _fields(folder)
        name = (
            (folder / "cmdline")
            .read_bytes()
            .replace(b"\0", b" ")
            .decode(errors="replace")
            .strip()
        )
        memory = dict(
            line.split(":")
            for line in (folder / "smaps_rollup").read_text().splitlines()[1:]
        )
    except (OSError, IndexError, ValueError):
        return None
    ticks = os.sysconf("SC_CLK_TCK")
    rss, pss = (int(memory[key].split()[0]) / 1024 for key in ("Rss", "Pss"))
    return Process(
        pid, int(fields[1]), name, (int(fields[11]) + int(fields[12])) / ticks, rss, pss
    )


def _fields(folder: Path) -> list[str]:
    """What follows the name in `/proc/PID/stat`: the state, the parent and so on."""
    return (folder / "stat").read_text().rpartition(")")[2].split()
