"""Ends everything that a study started, should its driver be killed before it can do so itself.

    with guard(study_folder) as leave_nothing:
        leave_nothing("/tmp/sweep-ray-x")       # a folder that should not outlive the study either
        ...                                     # whatever is started here carries the mark

SIGKILL leaves a driver no last word, and what it started notices in its own time: Ray's workers
after a moment, or after 15 seconds; its agents after a minute. So every process that is started
under a guard inherits a mark in its environment, and a small process beside the driver,
`process_tree.py`, waits for the driver's end. If the driver ends without saying goodbye, whatever
carries the mark is killed. Nothing else is: another study's Ray, or a cluster that was there
before, was not started by this driver and does not carry it.

The mark begins with the identity of the study's folder. Only one process can hold a study's log, so
whoever holds it may end what an earlier driver left behind (its watchdog killed as well, say),
before two workers write in one folder.

Needs Linux, for /proc and pidfd. Elsewhere a guard only removes the folders; Ray's own ways to end
have to do.
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
    """Watch over all that is started in this context; end first what an earlier driver of this
    study left behind.

    Args:
        folder: the study's; the caller holds its log.

    Yields:
        What to call with a temporary folder: it is removed when the context ends well or the driver
        is killed, and kept, to be looked at, when an exception leaves the context.

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
    """A study's folder, whatever it is called: two containers may both have a /results/focal."""
    there = folder.stat()
    return f"{there.st_dev:x}-{there.st_ino:x}/"


@contextmanager
def _watchdog(mark: str) -> Iterator[Callable[[bytes], None]]:
    """The process beside this one, in a session of its own: what ends our group or
    terminal does not end it.
    """
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
    """This process and those it descends from: a study may have been resumed from
    inside a trial's debugger.
    """
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
