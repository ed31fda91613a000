"""End all processes that a study started if its driver is killed.

    with guard(study_folder) as leave_nothing:
        leave_nothing("/tmp/sweep-ray-x")       # a folder to remove at the end as well
        ...                                     # processes started here carry the mark

After SIGKILL a driver cannot end its processes, and they notice late: Ray's workers after up to 15
seconds, its agents after a minute. So every process that starts under a guard inherits a mark in
its environment, and a small process, `process_tree.py`, waits for the driver's end. If the driver
ends without a goodbye message, every process with the mark is killed. Other processes, such as
another study's Ray or an existing cluster, do not have the mark.

The mark starts with the identity of the study's folder. Only one process can hold a study's log. So
the holder may end processes that an earlier driver left behind (if its watchdog was killed too),
before two workers write to the same folder.

It needs Linux, for /proc and pidfd. On other systems a guard only removes the folders.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sweep.errors import EngineError
from sweep.watchdog.process_tree import GOODBYE, GRACE, MARK, end, family

__all__ = ["GRACE", "MARK", "family", "guard"]

# To setproctitle, which Ray's processes name themselves with: write the title over the arguments,
# not over the environment behind them as well, where the mark is.
_READABLE = "SPT_NOENV"
_PATIENCE = 5.0  # seconds that the watchdog has to hear a goodbye
_PROCESS = Path(__file__).with_name("process_tree.py")
_SUPPORTED = sys.platform == "linux" and hasattr(os, "pidfd_open")


@contextmanager
def guard(folder: Path) -> Iterator[Callable[[str], None]]:
    """Guard all processes that start in this context; first end those of an earlier driver.

    Args:
        folder: the study's folder; the caller holds its log.

    Yields:
        A function to register a temporary folder. The folder is removed when the context ends
        normally or the driver is killed. It is kept for inspection after an exception.

    Raises:
        EngineError: a process of an earlier driver cannot be killed.
    """
    folders: list[str] = []
    if not _SUPPORTED:
        yield folders.append
        _remove(folders)
        return
    study = _identity(folder)
    if left := end(study, spare=_lineage()):
        raise EngineError(
            f"processes of an earlier session of {folder} cannot be killed:"
            f" {', '.join(map(str, sorted(left)))}. They could write in the folders of"
            " its trials. End them, then `sweep resume`."
        )
    mark = study + secrets.token_hex(8)
    with _watchdog(mark) as tell, _marked(mark):

        def leave_nothing(path: str) -> None:
            folders.append(path)
            tell(os.fsencode(path))

        yield leave_nothing
    _remove(folders)


def _identity(folder: Path) -> str:
    """The identity of a study's folder, independent of its path, which containers may share."""
    there = folder.stat()
    return f"{there.st_dev:x}-{there.st_ino:x}/"


@contextmanager
def _watchdog(mark: str) -> Iterator[Callable[[bytes], None]]:
    """Start the watchdog in its own session, so that signals to this group do not end it."""
    read, write = os.pipe()
    pipe = os.fdopen(write, "wb")
    with os.fdopen(read, "rb") as its_end:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", str(_PROCESS), str(os.getpid()), mark],
            stdin=its_end,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={
                name: value
                for name, value in os.environ.items()
                if name not in (MARK, GRACE)
            },  # it is in no family
            start_new_session=True,
        )

    def tell(words: bytes) -> None:
        with suppress(
            BrokenPipeError
        ):  # the watchdog was killed; the next driver ends what is left
            pipe.write(words + b"\0")
            pipe.flush()

    try:
        yield tell
    finally:
        tell(GOODBYE)
        with suppress(BrokenPipeError):
            pipe.close()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:  # somebody stopped it (SIGSTOP)
            process.kill()
            process.wait()


@contextmanager
def _marked(mark: str) -> Iterator[None]:
    before = {
        name: os.environ.pop(name)
        for name in (MARK, GRACE, _READABLE)
        if name in os.environ
    }
    os.environ.update({MARK: mark, _READABLE: "1"})
    try:
        yield
    finally:
        del os.environ[MARK], os.environ[_READABLE]
        os.environ.update(before)  # of a study around this one


def _lineage() -> frozenset[int]:
    """This process and its ancestors: a study may be resumed from a trial's debugger."""
    pids, pid = set(), os.getpid()
    while pid > 0 and pid not in pids:
        pids.add(pid)
        try:
            status = Path(f"/proc/{pid}/status").read_text(
                encoding="utf-8", errors="replace"
            )
        except OSError:
            break
        pid = next(
            int(line.split()[1])
            for line in status.splitlines()
            if line.startswith("PPid:")
        )
    return frozenset(pids)


def _remove(folders: list[str]) -> None:
    for path in folders:
        shutil.rmtree(path, ignore_errors=True)
