"""Run a tracker in a separate thread: a slow or failing tracker never affects the study.

The thread only receives the numbers of changed trials, and writes each trial's current state. So a
slow tracker gets many epochs at once, and no queue grows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from sweep.history.history import History
from sweep.model.events import Event
from sweep.model.population_events import MemberFailed
from sweep.model.reports import GrowingReports
from sweep.model.trial import Trial
from sweep.model.trial_events import (
    EpochEnded,
    TrialFinished,
    TrialPaused,
    TrialReused,
    TrialStarted,
)
from sweep.trackers.protocol import Tracker, begun

EVERY = 2.0  # seconds from one look for news to the next
PATIENCE = 30.0  # seconds that the end of a session waits for a tracker

_NEWS = (
    TrialStarted,
    EpochEnded,
    TrialPaused,
    MemberFailed,
    TrialFinished,
    TrialReused,
)


class Feed:
    """A listener of a schedule.

    Args:
        name: the tracker's name.
        opened: opens it, in the thread.
        every: seconds between two checks for changes.
    """

    def __init__(self, name: str, opened: Callable[[], Tracker], every: float = EVERY):
        self.name = name
        self._opened, self._every = opened, every
        self._news: dict[int, Trial] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._problem, self._said = "", False
        self._thread = threading.Thread(
            target=self._work, name=f"tracker {name}", daemon=True
        )

    def start(self, history: History) -> None:
        """Start with all trials of the history, since the tracker may lack any of them."""
        with self._lock:
            self._news |= {
                number: trial
                for number, trial in history.trials.items()
                if begun(trial)
            }
        self._thread.start()

    def __call__(self, history: History, event: Event) -> None:
        """Handle one event."""
        if isinstance(event, _NEWS) and not self._problem:
            with self._lock:
                self._news[event.trial] = history.trials[event.trial]

    def close(self) -> None:
        """Write the remaining changes, and wait for at most `PATIENCE` seconds."""
        self._closing.set()
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            self._problem = f"did not accept all records within {PATIENCE:g} s"

    def problem(self) -> str | None:
        """A new problem in a sentence for the log; None if there is none."""
        if not self._problem or self._said:
            return None
        self._said = True
        return (
            f"the tracker {self.name} was switched off: {self._problem}. The study is not"
            f" affected; `sweep resume` or `sweep export STUDY --to {self.name}` brings"
            " it up to date"
        )

    def _work(self) -> None:
        try:
            tracker = self._opened()
            try:
                while self._turn(tracker):
                    self._closing.wait(self._every)
            finally:
                tracker.close()
        except Exception as error:  # noqa: BLE001  (whatever another tool's library raises, the study goes on)
            said = next(iter(str(error).strip().splitlines()), "")
            self._problem = f"{type(error).__name__}: {said}"[:300]
            self._news.clear()

    def _turn(self, tracker: Tracker) -> bool:
        """Write all pending changes; return whether there may be more."""
        last = (
            self._closing.is_set()
        )  # asked first: what comes before it is written in this turn
        with self._lock:
            news: Sequence[Trial] = list(self._news.values())
            self._news.clear()
        for trial in news:
            reports = trial.reports
            tracker.write(
                replace(trial, reports=reports.so_far())
                if isinstance(reports, GrowingReports)
                else trial
            )
        return not last
