"""The watchdog: wait for a driver's end, then end the processes that it left behind.

    python process_tree.py DRIVER MARK

Standard input is a pipe from the driver, which sends folders to remove and finally a goodbye, each
followed by a NUL. The driver is watched through a pidfd. It refers to the driver even if its number
is reused, and signals the driver's end even if a forked child holds the pipe open. The watchdog
runs as long as the study, so it imports only a few modules of the standard library.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time

# in the environment of all that a driver starts: <device>-<inode of the study>/<which
# driver>
MARK = "SWEEP_FAMILY"
# in the environment of a program that was promised so many seconds to save and end
GRACE = "SWEEP_GRACE"
GOODBYE = b"goodbye"

# seconds; no process of a study is left 10 s after its driver was killed
_LONGEST_GRACE = 8.0
# seconds after which a process is given up that SIGKILL does not end (it waits for a
# dead disk)
_UNKILLABLE = 20.0
_QUIET = 1.0  # seconds without a sign of the family before the watchdog goes
_POLL = 0.1


def family(mark: str, name: str = MARK) -> dict[int, float]:
    """Running processes whose mark starts with `mark`, and the grace of each in seconds.

    Args:
        name: the variable that the mark is in.
    """
    found = {}
    for pid in os.listdir("/proc"):  # noqa: PTH208  (pathlib would double the process's memory)
        if pid.isdigit():
            environment = _environment(int(pid))
            if environment.get(name, "").startswith(mark):
                found[int(pid)] = _seconds(environment.get(GRACE, ""))
    return found


def end(
    mark: str, spare: frozenset[int] = frozenset(), quiet: float = 0.0, name: str = MARK
) -> set[int]:
    """Kill all processes with `mark`, except those in `spare`.

    Args:
        name: the variable with the mark.
        quiet: seconds in which no such process must have been seen; while a process starts, its
            environment is not visible for a moment.

    Returns:
        The processes that cannot be killed; empty if all have ended.
    """
    began = seen = time.monotonic()
    while True:
        living = {
            pid: grace for pid, grace in family(mark, name).items() if pid not in spare
        }
        now = time.monotonic()
        seen = now if living else seen
        if now - seen >= quiet and not living:
            return set()
        if living and now - began > _UNKILLABLE:
            return set(living)
        for pid, grace in living.items():
            if now - began >= min(grace, _LONGEST_GRACE):
                _kill(pid, mark, name)
        time.sleep(_POLL)


def _environment(pid: int) -> dict[str, str]:
    """The initial environment of a process; empty if it has ended or belongs to another user."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123
            pairs = os.fsdecode(file.read()).split("\0")
    except OSError:
        return {}
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _kill(pid: int, mark: str, name: str) -> None:
    """Send SIGKILL to the process with the mark, not to another one that reuses its number."""
    try:
        process = os.pidfd_open(pid)
    except OSError:  # it has ended
        return
    try:
        if _environment(pid).get(name, "").startswith(mark):
            signal.pidfd_send_signal(process, signal.SIGKILL)
    except OSError:  # it ended now
        return
    finally:
        os.close(process)


def _listen(driver: int) -> bytes:
    """The driver's messages until its goodbye or its end."""
    said = b""
    os.set_blocking(0, False)  # a forked child of a dead driver may hold the pipe open
    ready = select.poll()
    ready.register(0, select.POLLIN)
    try:
        ready.register(os.pidfd_open(driver), select.POLLIN)
    except OSError:  # it ended before we began; what it said before is in the pipe
        return _heard()
    while os.getppid() == driver and not said.endswith(GOODBYE + b"\0"):
        there = [number for number, _ in ready.poll()]
        if 0 not in there:
            break
        heard = _heard()
        if not heard:
            break
        said += heard
    return said + _heard()


def _heard() -> bytes:
    """The current content of the pipe; empty if there is none or it is closed."""
    said = b""
    try:
        while heard := os.read(0, 65536):
            said += heard
    except BlockingIOError:
        pass
    return said


def main() -> None:
    """Watch the driver; see the module."""
    said = _listen(int(sys.argv[1])).split(b"\0")[:-1]
    if GOODBYE in said:
        return
    end(sys.argv[2], quiet=_QUIET)
    if said:
        import shutil

        for folder in said:
            shutil.rmtree(os.fsdecode(folder), ignore_errors=True)


if __name__ == "__main__":
    main()
