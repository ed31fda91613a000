"""The page of a study that runs, in a process beside it: `sweep run --serve`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from sweep.commands.serve import WITH_ITS_STARTER
from sweep.history.history import History
from sweep.model.events import Event, SessionStarted
from sweep.session.recorder import Listener

ANY_PORT = 0
GRACE = 5.0  # seconds for the page to end


class Served:
    """A listener that passes events on, and shows the page from the first session's start on.

    The page has a process of its own, so that drawing it takes no time of the study's. It ends with
    the study, and with this process however that dies: its standard input is a pipe from here.
    """

    def __init__(self, listener: Listener, results: Path, port: int):
        self._listener, self._results, self._port = listener, results, port
        self._page: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._page is None:
            return
        self._page.terminate()
        with self._page:  # closes the pipe
            try:
                self._page.wait(GRACE)
            except subprocess.TimeoutExpired:
                self._page.kill()

    def __call__(self, history: History, event: Event) -> None:
        """Take in one event."""
        if self._page is None and isinstance(event, SessionStarted):
            folder = self._results / history.spec.slug
            # -P: else a `sweep.py` of the project's would be run in this program's place
            program = [sys.executable, "-P", "-m", "sweep"]
            command = [
                *program,
                "serve",
                str(folder),
                "--port",
                str(self._port),
                WITH_ITS_STARTER,
            ]
            self._page = subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603
        self._listener(history, event)
