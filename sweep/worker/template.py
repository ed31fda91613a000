"""The worker's side of its template process."""

from __future__ import annotations

import os
import secrets
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sweep.model.trial import Assignment
from sweep.watchdog import process_tree
from sweep.worker import kernel, warm_up
from sweep.worker.channel import Channel, Closed, pair
from sweep.worker.exit_reason import Exit
from sweep.worker.fresh_process import interpreter
from sweep.worker.job import Job
from sweep.worker.requests import Exited, Kill, Request, Started

# A variable in the environment of a template and all its descendants.
_MARK = "SWEEP_TEMPLATE"
_LEAVE_LIMIT = 5.0  # seconds for an idle template to end
_POLL = 0.02


class Template:
    """Starts trial processes, one at a time; replaces a template process that died.

    Args:
        path: further folders to import from.
    """

    def __init__(self, path: Sequence[str] = ()) -> None:
        self._path = path
        self._process: subprocess.Popen[bytes] | None = None
        self._control: Channel | None = None
        self._mark = ""
        # Process id of the running trial, once it is known.
        self._trial: int | None = None
        self._note = ""

    @property
    def pid(self) -> int:
        """The id of the process, which is started if there is none."""
        self._connection()
        return self._process.pid if self._process is not None else 0

    def prepare(self) -> None:
        """Start the process before there is a trial; it takes a moment to import `sweep`."""
        self._connection()

    def start(self, job: Job, assignment: Assignment, folder: Path) -> Channel:
        """Start a trial; the channel of its messages."""
        channel, theirs = pair()
        with theirs:
            request = Request(job, assignment, folder)
            self._trial = None
            if self._process is not None and self._process.poll() is not None:
                self._forget_process()  # it was killed while it was idle
            with suppress(Closed):  # it died just now: `wait` reports it
                self._connection().send(request, [theirs.fileno()])
        return channel

    def wait(self, channel: Channel, timeout: float | None) -> Exit | None:
        """Wait for a message of the trial; how the trial ended, if it has.

        Args:
            timeout: seconds; None: for ever.
        """
        until = None if timeout is None else time.monotonic() + timeout
        control = self._connection()
        poller = select.poll()
        poller.register(channel, select.POLLIN)
        poller.register(control, select.POLLIN)
        while True:
            if channel.has_message():
                return None
            ended = self._listen(0.0)
            if ended is not None:
                return ended
            left = None if until is None else 1000 * max(until - time.monotonic(), 0.0)
            ready = [descriptor for descriptor, _ in poller.poll(left)]
            if channel.fileno() in ready or not ready:
                return None

    def end(self, limit: float) -> Exit:
        """Wait for the end of the trial's process; kill it after `limit` seconds."""
        for seconds in (limit, limit):
            until = time.monotonic() + seconds
            while (left := until - time.monotonic()) > 0:
                ended = self._listen(left)
                if ended is not None:
                    return ended
            self.kill()
        return self._died()  # the template hangs

    def kill(self) -> None:
        """Tell the template process to kill the trial's process."""
        if self._control is not None:
            with suppress(Closed):
                self._control.send(Kill())

    def take_note(self) -> str:
        """A remark for the user on how trials are started, once; empty: none."""
        note, self._note = self._note, ""
        return note

    def close(self) -> None:
        """End the template process."""
        process, control = self._process, self._control
        if process is None or control is None:
            return
        control.close()
        try:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_LEAVE_LIMIT)
        finally:  # also if Ctrl-C interrupts the waiting
            if process.poll() is None:
                process.kill()
                process.wait()
            self._process = self._control = None

    def _connection(self) -> Channel:
        """The channel to the template process, which is started if there is none."""
        if self._control is not None:
            return self._control
        self._control, theirs = pair()
        self._mark = secrets.token_hex(8)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603
                interpreter("sweep.worker.template_process", "main", theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env={**warm_up.environment(self._path), _MARK: self._mark},
            )
        return self._control

    def _listen(self, timeout: float) -> Exit | None:
        """Receive a message; how the trial ended, if the message says so or the template died."""
        try:
            message = self._connection().receive(timeout)
        except TimeoutError:
            return None
        except Closed:
            return self._died()
        if isinstance(message, Started):
            self._trial, self._note = message.pid, message.note
            return None
        return message.how if isinstance(message, Exited) else None

    def _died(self) -> Exit:
        """Clean up after a template process that was killed.

        On Linux the kernel kills its trial, elsewhere this does.
        """
        trial = self._trial
        self._forget_process()
        if kernel.LINUX:
            if trial is not None:
                _wait_for_end(trial)
            process_tree.end(self._mark, name=_MARK)  # what the trial had started
        elif trial is not None:
            with suppress(ProcessLookupError):
                os.killpg(trial, signal.SIGKILL)  # it leads a session of its own
        return Exit(signal.SIGKILL, with_template=True)

    def _forget_process(self) -> None:
        """Kill and reap a template process that is dead or hangs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._control is not None:
            self._control.close()
        self._process = self._control = None


def _wait_for_end(pid: int) -> None:
    """Wait for a process that is being killed and is not a child of this one."""
    handle = kernel.pidfd(pid)
    if handle is None:
        return
    try:
        poller = select.poll()
        poller.register(handle, select.POLLIN)
        poller.poll(1000 * _LEAVE_LIMIT)
    finally:
        os.close(handle)
