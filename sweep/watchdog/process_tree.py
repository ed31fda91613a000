"""The watchdog: waits for a driver's end, and ends what the driver can no longer end.

    python process_tree.py DRIVER MARK

Its standard input is a pipe from the driver, which sends folders to remove and at last a goodbye,
each followed by a NUL. The driver is watched by a pidfd, which stays the driver's when its number
is given to another process, and closes with the driver even where a forked child holds the pipe
open. Imports a few modules of the standard library and nothing else: it is there for as long as the
study is, and should cost nothing.
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

_LONGEST_GRACE = (
    8.0  # seconds; no process of a study is left 10 s after its driver was killed
)
# seconds after which a process is given up that SIGKILL does not end (it waits for a
# dead disk)
_UNKILLABLE = 20.0
_QUIET = 1.0  # seconds without a sign of the family before the watchdog goes
_POLL = 0.1


def family(mark: str, name: str = MARK) -> dict[int, float]:
    """Living processes whose mark starts with `mark`, and the grace each was promised (seconds).

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
    """Kill the family of `mark` but for `spare`.

    Args:
        name: the variable that the mark is in.
        quiet: seconds for which nobody of the family must have been seen: a process shows no
            environment for a moment while it is being started.

    Returns:
        When they are gone, nobody; after a while, those that cannot be killed.
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
    """What a process was started with; empty for one that has ended or belongs to somebody else."""
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
    """SIGKILL to the very process that carries the mark, not to one that was given its
    number since.
    """
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
    """What the driver says until its goodbye or its end."""
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
    """What is in the pipe now; nothing if it is empty or closed."""
    said = b""
    try:
        while heard := os.read(0, 65536):
            said += heard
    except BlockingIOError:
        pass
    return said


def main() -> None:
    """See the module."""
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
