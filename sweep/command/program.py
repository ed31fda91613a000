"""Run a program in its own process group, with its output in the trial's folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from sweep import durable
from sweep.command.failure import TAIL_LINES, plain_lines
from sweep.watchdog import GRACE
from sweep.worker import claim
from sweep.worker.trial_files import OUTPUT_FILE

_TAIL_BYTES = 65_536
_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_SLACK = 5.0  # seconds beyond the grace in which the supervisor must have ended


class CommandProcess:
    """A running command; as a context manager it ends all of its processes.

    Args:
        grace: seconds between SIGTERM and SIGKILL when it is stopped.
        environment: variables besides those of this process.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        workdir: Path,
        environment: Mapping[str, str],
        grace: float,
    ):
        self._output = folder / OUTPUT_FILE
        self._grace = grace
        with open(durable.open_to_append(self._output), "ab") as file:  # noqa: PTH123
            self.began = file.tell()  # earlier attempts are before
            # -S -E: the supervisor must not run what is meant for the program (PYTHONPATH, a
            # sitecustomize).
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-S", "-E", str(_SUPERVISOR), str(grace), *command],
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=workdir,
                env={**os.environ, **environment, GRACE: str(grace)},
                # It lives on for the grace when we are killed; nobody else trains there meanwhile.
                pass_fds=claim.kept(),
                # A signal to the driver's group is the study's business, which ends us
                # in its own time.
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def output(self) -> Path:
        """The file with its output, starting at byte `began`."""
        return self._output

    def wait(self, seconds: float) -> int | None:
        """The exit code; None if it still runs after that time."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """Send SIGTERM to all its processes, SIGKILL after `grace`; return when they have ended."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(self._grace + _SLACK)
        except subprocess.TimeoutExpired:  # the supervisor itself was stopped (SIGSTOP)
            self._process.kill()
            self._process.wait()

    def last_lines(self) -> list[str]:
        """The last 64 kB of its output as lines without colours."""
        with self._output.open("rb") as file:
            file.seek(max(self.began, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            return plain_lines(file.read().decode("utf-8", "replace"))

    def last_words(self) -> str:
        """The last of these lines, at most `TAIL_LINES`."""
        return "\n".join(self.last_lines()[-TAIL_LINES:])


def describe_exit(code: int) -> str:
    """`exit code 3`, or for a signal, as in a shell, `exit code 139 (SIGSEGV)`."""
    number = code - 128
    name = f" ({signal.Signals(number).name})" if number in set(signal.Signals) else ""
    return f"exit code {code}{name}"
