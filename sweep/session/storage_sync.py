"""Synchronises a study's folder with its storage: downloads trials' files, uploads the log.

The authoritative log stays where the study was started. Its copy in the storage (`stored_log`) is a
backup for the loss of that machine. The copy is at most a minute old; a study resumed from it
repeats the work of that minute. Events between sessions (a written report, a note) are copied with
the next session.

Of a trial only the files are downloaded that the log names, see `sweep.worker.mirror`. Files that
it does not name any more are removed after the next copy of the log, so that those that the copy
names are there. When a trial has ended, what killed and late attempts have stored goes with them.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sweep import durable
from sweep.errors import CannotWrite, StudyNotFound
from sweep.history.history import History
from sweep.log.event_log import FILE_NAME
from sweep.model.events import Event
from sweep.model.population_events import MemberFailed
from sweep.model.trial import State, Trial, trial_folder
from sweep.model.trial_events import (
    FilesStored,
    TrialFinished,
    TrialPaused,
    TrialStarted,
)
from sweep.session import stored_log
from sweep.storage import Storage
from sweep.study_file import STUDY_FILE
from sweep.worker.mirror import Mirror

LOG_EVERY = 60.0  # seconds between copies of the log, which is stored whole each time
# Superseded states of one trial's files after which the log is copied sooner, to remove them.
MOST_SUPERSEDED = 20


@dataclass(frozen=True)
class _Download:
    """Files to download.

    Attributes:
        folder: the name of the trial's folder.
        manifest: see `FilesStored`.
        is_last: no attempt stores files of this trial any more.
    """

    folder: str
    manifest: str | None
    is_last: bool = False


@dataclass(frozen=True)
class _Named:
    """The log has named a new state of a trial's files.

    Attributes:
        folder: the name of the trial's folder.
        manifest: see `FilesStored`.
    """

    folder: str
    manifest: str


@dataclass
class _Removable:
    """What may be removed of one trial once the log is copied.

    Attributes:
        current: the manifest that the log names.
        superseded: those that it named before.
        is_last: no attempt stores files of this trial any more.
    """

    current: str
    superseded: list[str] = field(default_factory=list)
    is_last: bool = False


class StorageSync:
    """Copies files in a background thread while a study runs.

    Args:
        storage: the study's folder in the storage.
        folder: the study's folder here.
        clock: monotonic seconds.

    Attributes:
        problems: sentences on what could not be copied.
    """

    def __init__(
        self,
        storage: Storage,
        folder: Path,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._storage, self._folder, self._clock = storage, folder, clock
        self._todo: queue.SimpleQueue[_Download | _Named | None] = queue.SimpleQueue()
        # Name of a trial's folder → what may be removed there. Used by the thread, then by `close`.
        self._removable: dict[str, _Removable] = {}
        # Ended trials whose workers may still store files: trial → its latest state.
        self._ending: dict[int, _Download] = {}
        self._copied = -LOG_EVERY
        self._session = 0
        self.problems: list[str] = []
        self._thread = threading.Thread(
            target=self._work, name="storage sync", daemon=True
        )

    def start(self, history: History) -> list[FilesStored]:
        """Copy what earlier sessions left, and start the thread.

        Unfinished trials that are not in the storage yet are uploaded. Ended trials whose files may
        be missing here are downloaded: a killed driver, or another machine, left them.

        Returns:
            Events of what was uploaded, for the log.

        Raises:
            StudyExists: the storage holds another study of this name, or the study was continued on
                another machine.
            CannotWrite: the storage cannot be written.
        """
        stored_log.check(self._storage, self._folder)
        self._session = len(history.sessions)
        self._storage.put((self._folder / STUDY_FILE).read_bytes(), STUDY_FILE)
        stored_log.put(self._storage, self._folder / FILE_NAME, self._session)
        uploads = []
        for trial in [*history.unfinished(), *history.paused()]:
            mirror, local_folder = self._mirror(trial_folder(trial))
            named = history.stored.get(trial.number)
            if named is not None:
                self._removable[trial_folder(trial)] = _Removable(named)
            is_stored = named is not None and mirror.holds(named)
            if local_folder.is_dir() and not is_stored:
                uploads.append(FilesStored(trial.number, mirror.send()))
        for trial in history.trials.values():
            ran_here = trial.state.finished and not trial.reused
            if ran_here and self._may_lack(history, trial):
                self._todo.put(_download(history, trial))
                self._ending[trial.number] = _download(history, trial, is_last=True)
        self._thread.start()
        return uploads

    def _may_lack(self, history: History, trial: Trial) -> bool:
        """Whether files of an ended trial may be missing here."""
        if not (self._folder / "trials" / trial_folder(trial)).is_dir():
            return True
        sessions = history.sessions_of(trial.number)
        if not sessions:
            return False
        last = sessions[-1]
        was_killed = not last.ended
        return was_killed and last == history.sessions[-1]

    def __call__(self, history: History, event: Event) -> None:
        """Listen to events: download the files of a trial that ended or paused."""
        watched = TrialFinished | TrialPaused | MemberFailed | FilesStored
        if isinstance(event, TrialStarted):
            self._ending.pop(event.trial, None)  # a failed one that is retried
        if not isinstance(event, watched):
            return
        if isinstance(event, FilesStored):
            folder = trial_folder(history.trials[event.trial])
            self._todo.put(_Named(folder, event.manifest))
        trial = history.trials[event.trial]
        if isinstance(event, TrialPaused | MemberFailed):
            self._todo.put(_download(history, trial))
        elif trial.state is State.PRUNED and isinstance(event, TrialFinished):
            # Its worker was told to stop, and stores the last files after that.
            self._ending[trial.number] = _download(history, trial, is_last=True)
            self._todo.put(_download(history, trial))
        elif trial.state.finished:
            self._ending.pop(trial.number, None)
            self._todo.put(_download(history, trial, is_last=True))

    def close(self) -> None:
        """Copy what is left, and end the thread; no worker may run any more."""
        for download in self._ending.values():
            self._todo.put(download)
        self._todo.put(None)
        self._thread.join()

    def copy_log(self) -> None:
        """Upload the log, and remove files that it no longer names.

        If a later session has stored its log, the files are left to that session.
        """
        self._copied = self._clock()
        self._noting(self._copy_and_remove)

    def _copy_and_remove(self) -> None:
        log = self._folder / FILE_NAME
        if not stored_log.put(self._storage, log, self._session):
            raise CannotWrite(
                f"{self._storage.uri} has the log of a later session: another machine resumed this"
                " study while this session was running. That log lacks what was trained here since"
            )
        for folder, removable in list(self._removable.items()):
            mirror, _ = self._mirror(folder)
            if removable.is_last:
                mirror.sweep(removable.current)
                del self._removable[folder]
            elif removable.superseded:
                mirror.drop(removable.superseded, removable.current)
                removable.superseded.clear()

    def _work(self) -> None:
        while True:
            try:
                todo = self._todo.get(timeout=LOG_EVERY)
            except queue.Empty:
                if any(each.superseded for each in self._removable.values()):
                    self.copy_log()
                continue
            if todo is None:
                return
            superseded = 0
            if isinstance(todo, _Named):
                superseded = self._supersede(todo)
            else:
                self._noting(partial(self._fetch, todo))
            is_due = self._clock() - self._copied >= LOG_EVERY
            if is_due or superseded >= MOST_SUPERSEDED:
                self.copy_log()

    def _supersede(self, named: _Named) -> int:
        """Take a new state of a trial's files; return how many are superseded by now."""
        removable = self._removable.get(named.folder)
        if removable is None:
            removable = self._removable[named.folder] = _Removable(named.manifest)
        elif removable.current != named.manifest:
            removable.superseded.append(removable.current)
            removable.current = named.manifest
        return len(removable.superseded)

    def _fetch(self, download: _Download) -> None:
        mirror, _ = self._mirror(download.folder)
        self.problems += mirror.fetch(download.manifest, checkpoints=False)
        if download.is_last and download.manifest is not None:
            self._removable[download.folder] = _Removable(
                download.manifest, is_last=True
            )

    def _mirror(self, name: str) -> tuple[Mirror, Path]:
        """The copy of a trial's folder, and the folder here."""
        folder = self._folder / "trials" / name
        return Mirror(self._storage, f"trials/{name}", folder), folder

    def _noting(self, transfer: Callable[[], object]) -> None:
        """Run a transfer; note its failure, which the session reports at its end."""
        try:
            transfer()
        except CannotWrite as error:
            if str(error) not in self.problems:
                self.problems.append(str(error))


def _download(history: History, trial: Trial, *, is_last: bool = False) -> _Download:
    """A trial's files in the state that the log names now."""
    return _Download(trial_folder(trial), history.stored.get(trial.number), is_last)


def study_storage(uri: str, slug: str) -> str:
    """URI of a study's folder in a storage."""
    return f"{uri.rstrip('/')}/{slug}"


def bring_study(uri: str, slug: str, folder: Path) -> None:
    """Download a study's log from a storage, so that this machine can resume the study.

    Raises:
        StudyNotFound: the storage has no study of that name.
        CannotWrite: the storage does not answer.
    """
    storage = Storage(study_storage(uri, slug))
    log = stored_log.read(storage)
    if log is None:
        raise StudyNotFound(
            f"{storage.uri} holds no study: there is no {stored_log.FOLDER}/*.jsonl"
        )
    durable.make_folder(folder)
    durable.write_file(folder / STUDY_FILE, storage.read(STUDY_FILE) or b"")
    durable.write_file(folder / FILE_NAME, log)
