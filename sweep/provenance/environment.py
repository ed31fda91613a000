"""What a session's results depend on, so that tables can mark rows that mix environments."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sweep.provenance.data_files import fingerprint
from sweep.provenance.source_files import digest, source_files
from sweep.trainer import TrainerRef
from sweep.version import VERSION

# Recorded for a reader: `code` says more than the commit, and the rest only places, runs and
# records trials. What is not listed here is what a number may depend on: trials that differ in it
# are marked in tables, and never reused.
IDLE = ("platform", "commit", "sweep", "ray", "optuna", "host")

# What a session's environment calls the state of what trials were found to depend on.
DEPENDENCIES = "dependencies"

_PACKAGES = ("torch", "numpy", "optuna", "ray")


def describe(trainer: TrainerRef, data: str = "") -> dict[str, str]:
    """Versions, the digests of the trainer's source and of its data, the commit, and the machine.

    Keys: `python`, one per package, `code`, `data`, `device`, `commit` (empty outside a git
    checkout), `platform`.

    Args:
        trainer: the study's trainer.
        data: value of the study's constant parameter `data`, e.g. `digits` or `folder:images`; ""
            without one.
    """
    found = {"sweep": VERSION} | {name: _version(name) for name in _PACKAGES}
    source = source_files(trainer)
    return {
        "python": platform.python_version(),
        **found,
        "code": digest(source) if source else "",
        "data": data_digest(data),
        "device": device(),
        "commit": _commit(source[0].parent) if source else "",
        "platform": platform.platform(),
    }


def decisive(recorded: Mapping[str, str]) -> dict[str, str] | None:
    """The recorded facts that results depend on, without what trials were found to depend on.

    None if the digest of the code is unknown, so that equal facts would prove nothing.
    """
    if not recorded.get("code"):
        return None
    left_out = (*IDLE, DEPENDENCIES)
    return {name: value for name, value in recorded.items() if name not in left_out}


def diff(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """One line for each change that may affect results: `torch: 2.12.0 → 2.13.0`.

    The device is left out: a study may continue on another machine, and tables mark rows that mix
    devices. Entries that only one side recorded are left out too.
    """
    names = [name for name in now if name in before and name not in (*IDLE, "device")]
    return [
        f"{name}: {before[name] or 'none'} → {now[name] or 'none'}"
        for name in names
        if before[name] != now[name]
    ]


def files_diff(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Source files that changed: `model.py changed`; empty if one side recorded none."""
    if not before or not now:
        return []
    words = [
        f"{name} {'changed' if name in now else 'is gone'}"
        for name in before
        if now.get(name) != before[name]
    ]
    return words + [f"{name} is new" for name in now if name not in before]


def data_digest(data: str) -> str:
    """A data set's name, with its fingerprint where it lies on the user's disk: see
    `sweep.provenance.data_files`.
    """
    kind, colon, place = data.partition(":")
    path = Path(place).expanduser()
    if not colon or not path.exists():
        return data
    try:
        return f"{kind}:{path.name} {fingerprint(path)}"
    except OSError as error:  # whoever trains on it will say so
        return f"{kind}:{path.name} unreadable: {error.strerror}"


def gpus() -> int:
    """The number of GPUs of this machine, without importing torch."""
    return len(
        _said("nvidia-smi", "--query-gpu=name", "--format=csv,noheader").splitlines()
    )


def device() -> str:
    """The names of the GPUs, or of the CPU, without importing torch."""
    gpus = _said("nvidia-smi", "--query-gpu=name", "--format=csv,noheader").splitlines()
    if gpus:
        return ", ".join(
            f"{gpus.count(name)} × {name.strip()}" for name in dict.fromkeys(gpus)
        )
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [
        line.partition(":")[2].strip()
        for line in lines
        if line.startswith("model name")
    ]
    return names[0] if names else platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _commit(folder: Path) -> str:
    return _said(
        "git", "-C", str(folder), "describe", "--always", "--dirty", "--exclude=*"
    )


def _said(*command: str) -> str:
    """The output of a program; "" if it does not exist, fails or hangs."""
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
