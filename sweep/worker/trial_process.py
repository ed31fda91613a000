"""The worker's side of a trial that runs in its own process."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from sweep.model.trial import Assignment
from sweep.worker.channel import Channel, Closed
from sweep.worker.exit_reason import Exit, describe_exit
from sweep.worker.job import Job, Message
from sweep.worker.template import Template

# Seconds for threads, exit hooks and worker processes after the last message.
EXIT_LIMIT = 10.0

_STILL_RAN = (
    "threads or worker processes of the trial were still running {seconds:g} s "
    "after training ended, and were killed"
)


class TrialProcess:
    """One attempt at one trial.

    Args:
        template: starts its process; it runs one trial at a time.
        folder: where this machine writes the trial's files, None: the trial's folder.
    """

    def __init__(
        self,
        template: Template,
        job: Job,
        assignment: Assignment,
        folder: Path | None = None,
    ):
        self._began = time.monotonic()
        self._grace = job.grace_seconds
        self._template = template
        where = Path(assignment.folder) if folder is None else folder
        self._channel: Channel = template.start(job, assignment, where)
        self._waiting = False  # the trainer, for an answer
        self._told_to_stop = False
        self._exit: Exit | None = None  # once the process has ended
        self._ended = False
        self._in_epochs = 0.0

    def next(self) -> Message:
        """Let a waiting trainer continue, and return its next message."""
        self._answer(stop=False)
        return self._receive(None)

    def poll(self, seconds: float) -> Message | None:
        """Like `next`; None if no message arrives within `seconds`."""
        self._answer(stop=False)
        try:
            return self._receive(seconds)
        except TimeoutError:
            return None

    def next_messages(self, seconds: float) -> list[Message]:
        """The next message, and those of the following seconds, until the trainer waits or ends."""
        until = time.monotonic() + seconds
        messages = [self.next()]
        while not (self._waiting or self._ended):
            try:
                messages.append(self._receive(max(until - time.monotonic(), 0.0)))
            except TimeoutError:
                break
        return messages

    def stop(self) -> Message | None:
        """Tell the trainer to stop at its next report, and wait until its process has ended.

        A process that still runs after the grace period is killed.

        Returns:
            Its last message; None if `next` or `next_messages` has returned it already.
        """
        last: Message | None = None
        until = time.monotonic() + self._grace
        while not self._ended:
            self._answer(stop=True)
            try:
                last = self._receive(max(until - time.monotonic(), 0.0))
            except TimeoutError:
                self._template.kill()
                until = time.monotonic() + EXIT_LIMIT
        return last

    def _answer(self, *, stop: bool) -> None:
        """Answer a waiting trainer, or tell a running one to stop; the latter only once."""
        if not (self._waiting or (stop and not self._told_to_stop)):
            return
        self._waiting = False
        if self._told_to_stop:
            return
        self._told_to_stop = stop
        try:
            self._channel.send(stop)
        except Closed:  # it died meanwhile; `_receive` reports how
            return

    def _receive(self, timeout: float | None) -> Message:
        """The next message; the last one only once the process has ended.

        Raises:
            TimeoutError: no message arrived in time.
        """
        message = self._next_message(timeout)
        if message.report is not None:
            self._in_epochs += message.report.seconds
            self._waiting = message.report.waits
            return message
        self._waiting = False
        return self._end(message)

    def _next_message(self, timeout: float | None) -> Message:
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            if self._exit is None:
                left = None if until is None else max(until - time.monotonic(), 0.0)
                self._exit = self._template.wait(self._channel, left)
            try:
                return self._with_note(self._channel.receive(0.0))
            except (TimeoutError, Closed) as error:
                if self._exit is not None:
                    return self._with_note(self._lost(self._exit))
                if isinstance(error, Closed):  # the trainer closed our descriptor
                    self._exit = self._template.end(EXIT_LIMIT)
                elif until is not None and time.monotonic() >= until:
                    raise TimeoutError from error

    def _lost(self, how: Exit) -> Message:
        """The message on a process that ended without a last message."""
        overhead = max(time.monotonic() - self._began - self._in_epochs, 0.0)
        return Message("lost", failure=describe_exit(how), overhead=overhead)

    def _with_note(self, message: Message) -> Message:
        """The message, with the template's note on how the process was started, if any."""
        note = self._template.take_note()
        return _with_notice(message, note) if note else message

    def _end(self, message: Message) -> Message:
        """Wait for the process to end; killing one that takes too long adds a notice."""
        if self._exit is None:
            self._exit = self._template.end(EXIT_LIMIT)
            if self._exit.stopped_by_us:
                message = _with_notice(message, _STILL_RAN.format(seconds=EXIT_LIMIT))
        self._channel.close()
        self._ended = True
        return message


def _with_notice(message: Message, text: str) -> Message:
    return replace(message, notices=(*message.notices, text))
