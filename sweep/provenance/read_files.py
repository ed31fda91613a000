"""Find the files that a trial read: an audit hook on `open`, imported modules, mapped files.

    reading = Reading(log, roots)          # in the template, before the trainer is imported
    …                                      # trials are forked; so are their DataLoader workers
    paths = reading.paths()                # at a trial's end

The hook records each file below `roots` that is opened for reading, once a process, in a file that
forked processes share. It sees Python's `open`, `os.open`, `io`, NumPy, Pillow and everything that
uses them. A file that the process itself wrote does not count. The hook does not see files that C
and Rust code opens (Parquet, safetensors, HDF5, image decoders of torchvision), or that a
subprocess reads. Mapped files are found in `/proc/self/maps` while they are mapped. A study file
names the others: `depends_on`.

An audit hook cannot be removed (PEP 578): it is installed once a process, and does nothing between
readings. It costs 2 µs a file opened.
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

_SKIPPED = (
    *("__pycache__", ".git", "site-packages", "dist-packages", ".venv", "node_modules"),
    *(".config", ".nv", ".triton"),  # settings and compiled kernels below a home folder
)
_PATH = re.compile(rb"/.*")  # the end of a line of /proc/self/maps
_READ, _WRITTEN = b"r", b"w"  # in front of a path in the log
_current: Reading | None = None
_installed = False


class Reading:
    """Records files that this process and processes forked from it open for reading.

    Args:
        log: a file that the paths are noted in; its folder exists.
        roots: folders and files that count; everything else is ignored.
        without: folders below them that do not, such as the results.
    """

    def __init__(self, log: Path, roots: Iterable[Path], without: Iterable[Path] = ()):
        self._log = log
        self._roots = tuple(_prefix(root) for root in roots)
        self._without = tuple(_prefix(folder) for folder in without)
        self._seen: set[bytes] = set()
        self._before = _files_of(sys.modules)
        self._own: set[str] = set()  # files of own modules
        self._last = ""  # name of the module imported last
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._fd = os.open(log, flags, 0o600)
        self._inode = os.fstat(self._fd).st_ino
        _install(self)

    def also(self, roots: Iterable[Path], without: Iterable[Path] = ()) -> None:
        """Change which files count from now on."""
        self._roots = (*dict.fromkeys((*self._roots, *map(_prefix, roots))),)
        self._without = (*dict.fromkeys((*self._without, *map(_prefix, without))),)

    def note(self, path: str, *, written: bool = False) -> None:
        """Record a path if it counts and is new to this process."""
        entry = (_WRITTEN if written else _READ) + os.fsencode(path)
        if entry in self._seen or not self.counts(path):
            return
        self._seen.add(entry)
        with suppress(OSError):  # a full disk takes nothing from the trial
            if os.fstat(self._fd).st_ino == self._inode:  # else the trainer closed it
                os.write(self._fd, entry + b"\0")

    def counts(self, path: str) -> bool:
        """Whether a path lies below a root, and is neither excluded nor part of an installation."""
        return (
            f"{path}/".startswith(self._roots)
            and not path.startswith(self._without)
            and not any(f"/{name}/" in path for name in _SKIPPED)
        )

    def paths(self, *, mapped: bool = True) -> list[Path]:
        """Every file noted so far that is still there, with modules imported and files mapped.

        An own module that was imported since counts wherever it lies: on PYTHONPATH, say. Modules
        are as of the last `new_modules`.

        Args:
            mapped: look for mapped files as well, which takes a millisecond where torch is loaded.
        """
        noted = self._noted()
        found = {os.fsdecode(entry[1:]) for entry in noted if entry.startswith(_READ)}
        if mapped:
            found |= {
                path for path in mapped_files(below=self._roots) if self.counts(path)
            }
        found |= self._own
        found -= {
            os.fsdecode(entry[1:]) for entry in noted if entry.startswith(_WRITTEN)
        }
        return sorted(map(Path, filter(os.path.isfile, found)))

    def new_modules(self) -> list[str]:
        """Names of modules imported since the last call.

        It looks at these alone: in a forked process, each object that is looked at costs a copy of
        its page.
        """
        names = []
        for name in reversed(
            sys.modules.copy() if threading.active_count() > 1 else sys.modules
        ):
            if name == self._last:
                break
            names.append(name)
        if names:
            self._last = names[0]
            self._note_own({name: sys.modules.get(name) for name in names})
        return names

    def learn(self) -> bool:
        """Add the paths that forked processes recorded; return True if any was new."""
        before = len(self._seen)
        self._seen |= self._noted()
        return len(self._seen) > before

    def _noted(self) -> set[bytes]:
        """The names noted so far, by this process and by the processes that it forked."""
        with suppress(OSError):
            status = os.fstat(self._fd)
            if status.st_ino == self._inode:
                return set(os.pread(self._fd, status.st_size, 0).split(b"\0")) - {b""}
        return set(self._seen)

    def _note_own(self, modules: Mapping[str, Any]) -> None:
        """Note the files of the user's own modules."""
        for file in _files_of(modules):
            path = os.path.abspath(file)  # noqa: PTH100  (a thousand of them)
            own = self.counts(path) or (file not in self._before and is_own(path))
            if own and not self._left_out(path):
                self._own.add(path)

    def _left_out(self, path: str) -> bool:
        return path.startswith(self._without)

    def close(self) -> None:
        """Stop recording."""
        global _current
        if _current is self:
            _current = None
        os.close(self._fd)


def module_files(modules: Mapping[str, Any] | None = None) -> set[str]:
    """The files of imported modules, compiled extensions included."""
    files = _files_of(sys.modules if modules is None else modules)
    return set(map(os.path.abspath, files))


def is_own(path: str) -> bool:
    """Whether a module's file is the user's: not part of Python, of a package or of sweep."""
    return not path.startswith(_INSTALLED) and not any(
        f"/{name}/" in path for name in _SKIPPED
    )


def _files_of(modules: Mapping[str, Any]) -> set[str]:
    """The files of modules that have one."""
    found = set()
    for module in list(modules.values()):
        # Not `getattr`: some modules import others when they are asked for anything.
        file = getattr(module, "__dict__", {}).get("__file__")
        if isinstance(file, str):
            found.add(file)
    return found


def mapped_files(
    maps: Path = Path("/proc/self/maps"), below: Iterable[str] = ("/",)
) -> set[str]:
    """The files that this process has mapped now; none where the system does not tell.

    Args:
        below: folders and files; others are left out, as far as that is quickly seen.
    """
    with suppress(OSError):
        listed = maps.read_bytes()
        # Nearly all are libraries: whether a folder is named at all is seen without taking apart.
        if any(os.fsencode(root.rstrip("/")) in listed for root in below):
            return set(map(os.fsdecode, set(_PATH.findall(listed))))
    return set()


def named_in(configuration: Mapping[str, Any], base: Path) -> list[Path]:
    """Files and folders that a configuration names: `data: /a/file`, `data: folder:images`.

    Args:
        base: what relative paths are relative to.

    Returns:
        Absolute, links resolved; beside it the path as it is named, where that is another.
    """
    found = []
    for value in configuration.values():
        if not isinstance(value, str) or not value:
            continue
        for text in (value, value.partition(":")[2]):
            with suppress(
                OSError, ValueError, RuntimeError
            ):  # no path: too long, a NUL
                named = Path(os.path.abspath(base / Path(text).expanduser()))  # noqa: PTH100
                path = named.resolve()
                if text and path != base.resolve() and path.exists():
                    found += [path] if named == path else [path, named]
                    break
    return found


def _install(reading: Reading) -> None:
    """Send every opened file to this reading; the audit hook is added once per process."""
    global _current, _installed
    _current = reading
    if not _installed:
        sys.addaudithook(_hear)
        _installed = True


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    """Receive an event of Python's audit hook, and note a file that is opened for reading."""
    if event != "open" or _current is None:
        return
    path, _, flags = arguments
    for_writing = isinstance(flags, int) and flags & os.O_ACCMODE == os.O_WRONLY
    if isinstance(path, str | bytes):
        with suppress(OSError, ValueError):
            name = os.path.abspath(os.fsdecode(path))  # noqa: PTH100
            _current.note(name, written=for_writing)


def _prefix(path: Path) -> str:
    return f"{os.path.abspath(path).rstrip('/')}/"  # noqa: PTH100


_INSTALLED = (
    *(_prefix(Path(sysconfig.get_path(name))) for name in ("stdlib", "platstdlib")),
    _prefix(Path(__file__).parents[1]),
)
