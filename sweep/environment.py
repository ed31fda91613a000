"""Floor 2: what the numbers of a session depend on, so that a table can mark rows that mix environments."""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sweep.trainer import TrainerRef

_PACKAGES = ("sweep", "torch", "numpy", "optuna", "ray")


def describe(trainer: TrainerRef) -> dict[str, str]:
    """Versions, the digest of the trainer's source, the commit it was read from, and the machine.

    Keys: `python`, one per package, `code`, `commit` (empty outside a git checkout), `platform`.
    """
    found = {name: _version(name) for name in _PACKAGES}
    source = source_files(trainer)
    return {
        "python": platform.python_version(),
        **found,
        "code": digest(source),
        "commit": _commit(source[0].parent) if source else "",
        "platform": platform.platform(),
    }


def source_files(trainer: TrainerRef) -> list[Path]:
    """The files whose change makes results incomparable: the bundled package, or the file the function is in."""
    if trainer.kind == "file":
        return [Path(trainer.target.rpartition(":")[0])]
    module = trainer.target.partition(":")[0]
    found = importlib.util.find_spec(module.partition(".")[0] if trainer.kind == "bundled" else module)
    if found is None or found.origin is None:
        return []
    origin = Path(found.origin)
    return sorted(origin.parent.rglob("*.py")) if trainer.kind == "bundled" else [origin]


def digest(files: list[Path]) -> str:
    """SHA-256 over names and contents, 16 hex digits."""
    total = hashlib.sha256()
    for path in files:
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:16]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _commit(folder: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), "describe", "--always", "--dirty", "--exclude=*"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
