"""`sweep status STUDY --watch`: print the state of a study whenever its log has grown."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.live import Live

from sweep.commands import status_view
from sweep.log.event_log import FILE_NAME
from sweep.log.lock import is_held
from sweep.study import Study

EVERY = 2.0  # seconds between two checks of the log


def follow(
    study: Study,
    console: Console,
    *,
    tags: Sequence[str] = (),
    every: float = EVERY,
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Show the study's state until no process works on it, or until Ctrl-C.

    Reading a long log takes time; the interval grows so that at most a fifth of the time is spent
    on it.

    Args:
        study: the study to follow.
        console: a terminal replaces each state by the next; a file gets only the last state.
        tags: see `status_view.status`.
        every: seconds between two checks of the log.
        wait: sleeps; replaced in tests.
    """
    log = study.folder / FILE_NAME
    shown_size = -1
    with Live(console=console, auto_refresh=False) as screen:
        while True:
            live, size = is_held(log), log.stat().st_size
            started = time.monotonic()
            if size != shown_size or not live:
                shown_size = size
                screen.update(
                    status_view.status(study.refresh(), tags=tags), refresh=True
                )
            if not live:
                return
            try:
                wait(max(every, 4 * (time.monotonic() - started)))
            except KeyboardInterrupt:
                return
