"""Which files a trial read: an audit hook on `open`, the modules it imported, the files it mapped.

    reading = Reading(log, roots)          # in the template, before the trainer is imported
    …                                      # trials are forked; so are their DataLoader workers
    paths = reading.paths()                # at a trial's end

The hook notes each file below `roots` that is opened for reading, once a process, in a file that
forked processes share. It sees Python's `open`, `os.open`, `io`, NumPy, Pillow and whatever else
goes through them. It does not see what C and Rust code opens by itself (Parquet, safetensors, HDF5,
image decoders of torchvision) or what a subprocess reads; mapped files are found by
`/proc/self/maps` while they are mapped. A study file names the rest: `depends_on`.

An audit hook cannot be removed (PEP 578): it is installed once a process, and does nothing between
readings. It costs 2 µs a file opened.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

_SKIPPED = ("__pycache__", ".git", "site-packages", "dist-packages", ".venv", "node_modules")
_current: Reading | None = None
_installed = False


class Reading:
    """Files opened for reading by this process and those forked from it, from now on.

    Args:
        log: a file that the paths are noted in; its folder exists.
        roots: folders and files that count; everything else is ignored.
        without: folders below them that do not, such as the results.
    """

    def __init__(self, log: Path, roots: Iterable[Path], without: Iterable[Path] = ()):
        self._log = log
        self._roots = tuple(_prefix(root) for root in roots)
        self._without = tuple(_prefix(folder) for folder in without)
        self._seen: set[str] = set()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._fd = os.open(log, flags, 0o600)
        _install(self)

    def note(self, path: str) -> None:
        """Note a path if it counts and is new to this process."""
        if path in self._seen or not self.counts(path):
            return
        self._seen.add(path)
        with suppress(OSError):  # a full disk takes nothing from the trial
            os.write(self._fd, os.fsencode(path) + b"\0")

    def counts(self, path: str) -> bool:
        """Whether a path lies below a root, and is neither excluded nor part of an installation."""
        return (
            f"{path}/".startswith(self._roots)
            and not path.startswith(self._without)
            and not any(f"/{name}/" in path for name in _SKIPPED)
        )

    def paths(self) -> list[Path]:
        """Every file noted so far that is still there, with modules imported and files mapped."""
        noted = set(map(os.fsdecode, self._log.read_bytes().split(b"\0"))) - {""}
        found = noted | {path for path in (*module_files(), *mapped_files()) if self.counts(path)}
        return sorted(path for path in map(Path, found) if path.is_file())

    def close(self) -> None:
        """Note nothing more."""
        global _current
        if _current is self:
            _current = None
        os.close(self._fd)


def module_files(modules: Mapping[str, Any] | None = None) -> set[str]:
    """The files of imported modules, compiled extensions included."""
    found = set()
    for module in list((sys.modules if modules is None else modules).values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str):
            found.add(os.path.abspath(file))  # noqa: PTH100  (a thousand of them)
    return found


def mapped_files(maps: Path = Path("/proc/self/maps")) -> set[str]:
    """The files that this process has mapped now; none where the system does not tell."""
    with suppress(OSError):
        lines = os.fsdecode(maps.read_bytes()).splitlines()
        fields = (line.split(maxsplit=5) for line in lines)
        return {field[5] for field in fields if len(field) == 6 and field[5].startswith("/")}
    return set()


def named_in(configuration: Mapping[str, Any], base: Path) -> list[Path]:
    """Files and folders that a configuration names: `data: /a/file`, `data: folder:images`.

    Args:
        base: what relative paths are relative to.
    """
    found = []
    for value in configuration.values():
        if not isinstance(value, str) or not value:
            continue
        for text in (value, value.partition(":")[2]):
            with suppress(OSError, ValueError, RuntimeError):  # no path: too long, a NUL
                path = (base / Path(text).expanduser()).resolve()
                if text and path != base.resolve() and path.exists():
                    found.append(path)
                    break
    return found


def _install(reading: Reading) -> None:
    global _current, _installed
    _current = reading
    if not _installed:
        sys.addaudithook(_hear)
        _installed = True


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or _current is None:
        return
    path, _, flags = arguments
    for_writing = isinstance(flags, int) and flags & os.O_ACCMODE == os.O_WRONLY
    if isinstance(path, str | bytes) and not for_writing:
        with suppress(OSError, ValueError):
            _current.note(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100


def _prefix(path: Path) -> str:
    return f"{os.path.abspath(path).rstrip('/')}/"  # noqa: PTH100
