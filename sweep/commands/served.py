"""`sweep run --serve`: show a running study's page from a second process."""

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
GRACE = 5.0  # seconds in which the page's process may end


class Served:
    """A listener that starts the page's server with the session, and passes all events on.

    The server is a separate process, so that rendering does not slow down the study. It ends with
    the study. It also ends if this process dies in any way, since its standard input is a pipe from
    here.
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
        """Handle one event."""
        if self._page is None and isinstance(event, SessionStarted):
            folder = self._results / history.spec.slug
            # -P: otherwise a `sweep.py` in the project's folder would run instead
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
