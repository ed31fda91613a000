"""Run one program, and end it with its children when the starting process ends or closes a pipe.

    python supervisor.py GRACE PROGRAM ARGUMENT…

Standard input is a pipe without data. When it is closed, or the process that holds it dies (even by
SIGKILL), the program's process group gets SIGTERM, and SIGKILL after GRACE seconds. If the
supervisor itself is killed, the kernel kills the program (on Linux). The exit code is that of the
program, 128 + the signal's number if a signal ended it, 127 or 126 if it could not be started. For
a fast start, it imports only the standard library.
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
    """Send SIGTERM to the whole group, then SIGKILL to the remaining processes."""
    _signal(child.pid, signal.SIGTERM)
    limit = time.monotonic() + grace
    while time.monotonic() < limit:
        child.poll()  # a zombie would keep the group alive
        if not _group_is_alive(child.pid):
            break
        time.sleep(_POLL)
    _signal(child.pid, signal.SIGKILL)


def _dying_with_us() -> "Callable[[], None] | None":
    """A function that a new process calls before the program, so that it ends with this process."""
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
    """Run the program and wait for its end; see the module."""
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
