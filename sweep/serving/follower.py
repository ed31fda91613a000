"""Follow a study: read its log whenever it has grown, and keep a snapshot for the page."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace

import orjson

from sweep import report
from sweep.errors import SweepError
from sweep.log.event_log import FILE_NAME
from sweep.log.lock import is_held
from sweep.safe_text import clean, clean_values
from sweep.serving import page
from sweep.serving.state import Json, curves_of, state_of, trials_of
from sweep.study import Study

EVERY = 1.0  # seconds between two looks at the log
_SHARE = 4  # reading and drawing take one of so many parts of the time, however long the log is


@dataclass(frozen=True)
class Mark:
    """The state of a log file, for noticing a change.

    Attributes:
        held: whether a process writes it.
        file: its device, inode, size and modification time; a replaced log may have the same size.
    """

    held: bool
    file: tuple[int, int, int, int]


@dataclass(frozen=True)
class Snapshot:
    """A study at one moment, as the page shows it.

    Attributes:
        version: number of the snapshot, from 1.
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
    """The latest snapshot of a study, updated by a thread.

    Attributes:
        study: the study to follow.
        every: seconds between two checks of its log.
    """

    study: Study
    every: float = EVERY
    _latest: Snapshot = field(init=False)
    _seen: Mark | None = field(init=False)
    _stopped: threading.Event = field(init=False, default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Read the study once, so that there is always something to show."""
        self._seen = self._mark()
        self._latest = self._snapshot(1)

    @property
    def latest(self) -> Snapshot:
        """The latest snapshot."""
        return self._latest

    def start(self) -> None:
        """Follow the study in a separate thread."""
        threading.Thread(target=self._follow, name="follower", daemon=True).start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()

    def look(self) -> bool:
        """Read the log if it or its writer has changed; return whether it was read."""
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
            except (OSError, SweepError) as error:
                self._cannot_be_read(error)
            pause = max(self.every, _SHARE * (time.monotonic() - started))

    def _cannot_be_read(self, error: Exception) -> None:
        """Keep the last content on the page, with a note that it is no longer updated."""
        self._seen = None
        now = f"no longer updated, since the log cannot be read: {clean(str(error))}"
        latest = self._latest
        if latest.state["now"] != now:
            state = {
                **latest.state,
                "now": now,
                "live": False,
                "left": "",
                "running": [],
            }
            self._latest = replace(latest, version=latest.version + 1, state=state)

    def _mark(self) -> Mark:
        log = self.study.folder / FILE_NAME
        status = log.stat()
        file = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        return Mark(is_held(log), file)

    def _snapshot(self, version: int) -> Snapshot:
        history = self.study.refresh().history
        document = report.document(report.gather(history))
        return Snapshot(
            version=version,
            state=clean_values(state_of(history, live=self._mark().held)),
            trials=orjson.dumps(clean_values(trials_of(history))),
            curves=orjson.dumps(clean_values(curves_of(history))),
            report=page.tables(document),
        )
