"""Runs one program and ends it, its children included, as soon as whoever started this goes away or
says so. Should it be killed itself, the kernel kills the program (on Linux).

    python supervisor.py GRACE PROGRAM ARGUMENT…

Its standard input is a pipe that nobody writes to: at its end (closed, or the process that held it
is dead, killed with SIGKILL perhaps) the program's process group gets SIGTERM, and after GRACE
seconds SIGKILL. Ends with the program's exit code, 128 + the signal's number for one that a signal
ended, 127 or 126 if it could not be started. Imports nothing but the standard library: it has to be
there at once.
"""

import os
import select
import signal
import subprocess
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_POLL = 0.02  # seconds
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


def _group_is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return


def _end(child: "subprocess.Popen[bytes]", grace: float) -> None:
    """SIGTERM to the whole group, then SIGKILL to what is left of it."""
    _signal(child.pid, signal.SIGTERM)
    limit = time.monotonic() + grace
    while time.monotonic() < limit:
        child.poll()  # a zombie would keep the group alive
        if not _group_is_alive(child.pid):
            break
        time.sleep(_POLL)
    _signal(child.pid, signal.SIGKILL)


def _dying_with_us() -> "Callable[[], None] | None":
    """What a new process does before it becomes the program, so that it does not outlive us."""
    if sys.platform != "linux":
        return None
    import ctypes

    library, supervisor = ctypes.CDLL(None), os.getpid()

    def die_with_us() -> None:
        library.prctl(_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(1)

    return die_with_us


def main() -> int:
    """See the module."""
    told_to_stop = False

    def stop(number: int, frame: object) -> None:
        nonlocal told_to_stop
        told_to_stop = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C is the study's business, which ends us in its own time
    grace, command = float(sys.argv[1]), sys.argv[2:]
    try:
        child = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_dying_with_us(),  # we have one thread
        )
    except FileNotFoundError:
        sys.stderr.write(f"{command[0]}: no such program\n")
        return 127
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return 126
    while child.poll() is None and not told_to_stop:
        readable, _, _ = select.select([0], [], [], _POLL)
        told_to_stop = told_to_stop or bool(readable)
    _end(child, grace)
    code = child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
