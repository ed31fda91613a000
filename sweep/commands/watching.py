"""`sweep status STUDY --watch`: the state of a study, shown again whenever its log has grown."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.live import Live

from sweep.commands import status_view
from sweep.log.event_log import FILE_NAME
from sweep.log.lock import is_held
from sweep.study import Study

EVERY = 2.0  # seconds between two looks at the log


def follow(
    study: Study,
    console: Console,
    *,
    tags: Sequence[str] = (),
    every: float = EVERY,
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Show the study's state until no process works on it any more, or Ctrl-C.

    Reading a long log takes a while: at most a fifth of the time is spent on it.

    Args:
        study: that is followed.
        console: a terminal shows one state in place of the last; a file gets the last state alone.
        tags: as in `status_view.status`.
        every: seconds between two looks.
        wait: lets the seconds pass.
    """
    log = study.folder / FILE_NAME
    seen = -1
    with Live(console=console, auto_refresh=False) as screen:
        while True:
            live, size = is_held(log), log.stat().st_size
            started = time.monotonic()
            if size != seen or not live:
                seen = size
                screen.update(
                    status_view.status(study.refresh(), tags=tags), refresh=True
                )
            if not live:
                return
            try:
                wait(max(every, 4 * (time.monotonic() - started)))
            except KeyboardInterrupt:
                return
