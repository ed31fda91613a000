"""Between a study's folder and its storage: brings what trials left, keeps a copy of the log.

The log stays where the study was started, and is the truth. Its copy in the storage is for the day
that machine is gone: it is at most a minute behind, so a study that goes on from it trains again
what was finished in that minute. What is recorded between sessions (a report that was written here,
a note) reaches the copy with the next session.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sweep import durable
from sweep.errors import CannotWrite, StudyExists, StudyNotFound
from sweep.history.history import History
from sweep.log.event_log import FILE_NAME
from sweep.model.events import Event
from sweep.model.trial import Trial, trial_folder
from sweep.model.trial_events import TrialFinished, TrialPaused
from sweep.storage import Storage
from sweep.study_file import STUDY_FILE
from sweep.worker.mirror import MANIFEST, Mirror

LOG_EVERY = 60.0  # seconds between copies of the log, which is stored whole each time


class StorageSync:
    """Works in a thread of its own while a study runs.

    Args:
        storage: the study's folder in the storage.
        folder: the study's folder here.
        clock: monotonic seconds.

    Attributes:
        problems: sentences on what could not be brought or kept.
    """

    def __init__(self, storage: Storage, folder: Path, clock: Callable[[], float] = time.monotonic):
        self._storage, self._folder, self._clock = storage, folder, clock
        self._todo: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._copied = -LOG_EVERY
        self.problems: list[str] = []
        self._thread = threading.Thread(target=self._work, name="storage sync", daemon=True)

    def start(self, history: History) -> None:
        """Begin with what is left to do of earlier sessions.

        Trials that have been here only, without a storage so far, are stored before they go on;
        those that ended under a driver that was killed before it had brought everything, or on
        another machine, are brought.

        Raises:
            StudyExists: the storage holds another study of this name.
            CannotWrite: the storage takes nothing.
        """
        self._claim()
        for trial in [*history.unfinished(), *history.paused()]:
            name = f"trials/{trial_folder(trial)}"
            here = self._folder / name
            if here.is_dir() and self._storage.read(f"{name}/{MANIFEST}") is None:
                Mirror(self._storage, name, here).send()
        for trial in history.trials.values():
            if trial.state.finished and not trial.reused and self._may_lack(history, trial):
                self._todo.put(trial_folder(trial))
        self._thread.start()

    def _may_lack(self, history: History, trial: Trial) -> bool:
        if not (self._folder / "trials" / trial_folder(trial)).is_dir():
            return True
        last = history.sessions_of(trial.number)[-1:]
        return any(session == history.sessions[-1] and not session.ended for session in last)

    def __call__(self, history: History, event: Event) -> None:
        """Hear what happens: a trial that ended or paused is brought here."""
        if isinstance(event, TrialFinished | TrialPaused):
            self._todo.put(trial_folder(history.trials[event.trial]))

    def close(self) -> None:
        """Bring what is left."""
        self._todo.put(None)
        self._thread.join()

    def copy_log(self) -> None:
        """Store the log as it is now."""
        self._noting(partial(self._storage.put, self._folder / FILE_NAME, FILE_NAME))
        self._copied = self._clock()

    def _claim(self) -> None:
        own = self._first_line((self._folder / FILE_NAME).read_bytes())
        there = self._storage.read(FILE_NAME)
        if there is not None and self._first_line(there) != own:
            raise StudyExists(
                f"{self._storage.uri} holds another study. "
                f"Give this one another name (--set name=…), or another storage"
            )
        self._storage.put((self._folder / STUDY_FILE).read_bytes(), STUDY_FILE)
        self._storage.put(self._folder / FILE_NAME, FILE_NAME)

    @staticmethod
    def _first_line(log: bytes) -> bytes:
        return log.partition(b"\n")[0]

    def _work(self) -> None:
        while (name := self._todo.get()) is not None:
            self._noting(partial(self._bring, name))
            if self._clock() - self._copied >= LOG_EVERY:
                self.copy_log()

    def _bring(self, name: str) -> None:
        mirror = Mirror(self._storage, f"trials/{name}", self._folder / "trials" / name)
        self.problems += mirror.fetch(checkpoints=False)

    def _noting(self, transfer: Callable[[], object]) -> None:
        """A study that could not be copied is as right as ever: what is wrong is said at its end."""
        try:
            transfer()
        except CannotWrite as error:
            if str(error) not in self.problems:
                self.problems.append(str(error))


def study_storage(uri: str, slug: str) -> str:
    """Where in a storage a study lies."""
    return f"{uri.rstrip('/')}/{slug}"


def bring_study(uri: str, slug: str, folder: Path) -> None:
    """Copy a study's log from a storage to a machine that has not got it, so that it can be resumed
    there.

    Raises:
        StudyNotFound: the storage has no study of that name.
        CannotWrite: the storage does not answer.
    """
    storage = Storage(study_storage(uri, slug))
    log = storage.read(FILE_NAME)
    if log is None:
        raise StudyNotFound(f"{storage.uri} holds no study: there is no {FILE_NAME}")
    durable.make_folder(folder)
    durable.write_file(folder / STUDY_FILE, storage.read(STUDY_FILE) or b"")
    durable.write_file(folder / FILE_NAME, log)
