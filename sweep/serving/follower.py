"""Follows a study: reads its log whenever it has grown, and keeps what the page shows of it."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

import orjson

from sweep import report
from sweep.errors import SweepError
from sweep.log.event_log import FILE_NAME
from sweep.log.lock import is_held
from sweep.serving import page
from sweep.serving.state import Json, curves_of, state_of, trials_of
from sweep.study import Study

EVERY = 1.0  # seconds between two looks at the log
_SHARE = 4  # reading and drawing take one of so many parts of the time, however long the log is


@dataclass(frozen=True)
class Snapshot:
    """A study at one moment, as the page is given it.

    Attributes:
        version: counts snapshots, from 1.
        state: see `sweep.serving.state.state_of`.
        trials: JSON of `trials_of`.
        curves: JSON of `curves_of`.
        report: the report's tables as HTML.
    """

    version: int
    state: Json
    trials: bytes
    curves: bytes
    report: str


@dataclass
class Follower:
    """The latest snapshot of a study, brought up to date by a thread.

    Attributes:
        study: that is followed.
        every: seconds between two looks at its log.
    """

    study: Study
    every: float = EVERY
    _latest: Snapshot = field(init=False)
    _stopped: threading.Event = field(init=False, default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Read the study once, so that there is always something to show."""
        self._seen = self._mark()
        self._latest = self._snapshot(1)

    @property
    def latest(self) -> Snapshot:
        """The study as it was a moment ago."""
        return self._latest

    def start(self) -> None:
        """Follow the study in a thread of its own."""
        threading.Thread(target=self._follow, name="follower", daemon=True).start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()

    def look(self) -> bool:
        """Read the log if it has grown or its writer came or went; whether it was read."""
        mark = self._mark()
        if mark == self._seen:
            return False
        self._latest = self._snapshot(self._latest.version + 1)
        self._seen = mark
        return True

    def _follow(self) -> None:
        pause = self.every
        while not self._stopped.wait(pause):
            started = time.monotonic()
            try:
                self.look()
            except (OSError, SweepError):  # the log is being replaced: the next look will do
                logging.getLogger(__name__).warning("the study could not be read", exc_info=True)
            pause = max(self.every, _SHARE * (time.monotonic() - started))

    def _mark(self) -> tuple[int, bool]:
        """Size of the log, and whether a process writes it."""
        log = self.study.folder / FILE_NAME
        return log.stat().st_size, is_held(log)

    def _snapshot(self, version: int) -> Snapshot:
        history = self.study.refresh().history
        document = report.document(report.gather(history))
        return Snapshot(
            version=version,
            state=state_of(history, live=self._mark()[1]),
            trials=orjson.dumps(trials_of(history)),
            curves=orjson.dumps(curves_of(history)),
            report=page.tables(document),
        )
