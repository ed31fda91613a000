"""Notes on a running study: one file each, until the session records them in the log.

The log has one writer. Another process writes its note to a file in the study's folder. The session
records the note, then removes the file. The event contains the file's name: if the session is
killed in between, the next one finds the note in the log and only removes the file. So each note is
recorded exactly once.
"""

from __future__ import annotations

import os
import secrets
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from sweep import durable, no_links
from sweep.errors import CannotWrite, StudyLocked
from sweep.history.event_folds import fold_event
from sweep.history.event_records import to_record
from sweep.history.history import History
from sweep.history.opening import resumed
from sweep.model.events import Noted

FOLDER = "notes"
_SUFFIX = ".json"
# bytes of a note that is read; more was written by no `sweep note`
_LARGEST = 1_000_000
_A_DAY = 86400.0  # seconds by which the clocks of two machines may differ
_READ = (
    os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
)  # a pipe in a file's place does not block

_NOTE = TypeAdapter(Noted)


@dataclass(frozen=True)
class Waiting:
    """Notes that are next to a log and not in it yet.

    Attributes:
        notes: in the order they were written.
        problems: a sentence for each file that holds no note of this study.
    """

    notes: tuple[Noted, ...] = ()
    problems: tuple[str, ...] = ()


def leave(folder: Path, note: Noted) -> None:
    """Write a note beside the log, durably.

    Raises:
        CannotWrite: the folder cannot be written, or a link stands in the way.
    """
    now = time.time_ns()
    name = f"{now:020d}-{secrets.token_hex(4)}"
    written = replace(note, id=name, written=round(now / 1e9, 3))
    durable.make_folder(folder / FOLDER)
    durable.write_file(
        folder / FOLDER / f"{name}{_SUFFIX}", orjson.dumps(to_record(written))
    )


def waiting(folder: Path, history: History) -> Waiting:
    """The notes that the log does not hold yet."""
    notes, problems = [], []
    for path in _files(folder):
        try:
            note = _read(path)
        except FileNotFoundError:  # a session has just taken it in
            continue
        except (OSError, ValueError, ValidationError) as error:
            problems.append(f"{FOLDER}/{path.name} was ignored: {_problem(error)}")
            continue
        if note.id in history.noted:
            continue
        if note.trial is not None and note.trial not in history.trials:
            problems.append(
                f"{FOLDER}/{path.name} was ignored: there is no trial {note.trial}"
            )
            continue
        notes.append(note)
    return Waiting(tuple(notes), tuple(problems))


def with_waiting(folder: Path, history: History) -> History:
    """The history, changed so that its remarks hold the notes that wait too."""
    for note in waiting(folder, history).notes:
        fold_event(replace(note, by_session=True), history, history.last_time)
    return history


def take_in(
    folder: Path,
    history: History,
    record: Callable[[Noted], object],
    *,
    by_session: bool,
) -> tuple[str, ...]:
    """Record all waiting notes in the log, and remove their files.

    Args:
        folder: the study's folder.
        history: the log's history; `record` updates it, or it is not read afterwards.
        record: records an event durably.
        by_session: whether the running session calls this; otherwise the last session is over.

    Returns:
        A sentence for each file that is not a valid note.
    """
    found = waiting(folder, history)
    for note in found.notes:
        record(replace(note, by_session=by_session))
    taken = history.noted | {note.id for note in found.notes}
    for path in _files(folder):
        if path.stem in taken:
            with suppress(CannotWrite):  # another user's file; its note is in the log
                durable.remove(path)
    return found.problems


def take_in_if_free(folder: Path) -> bool:
    """Record all waiting notes in a study's log, unless another process writes it.

    Raises:
        LogDamaged, CannotWrite: see `sweep.history.opening.resumed`.
    """
    with suppress(StudyLocked):
        log, history = resumed(folder)
        with log:
            take_in(
                folder,
                history,
                lambda note: log.append(to_record(note)),
                by_session=False,
            )
        return True
    return False


def _files(folder: Path) -> list[Path]:
    """The files that may contain a note, sorted by name; none if the folder is a link."""
    inside = folder / FOLDER
    try:
        if not stat.S_ISDIR(os.lstat(inside).st_mode):
            return []
        return sorted(path for path in inside.iterdir() if path.suffix == _SUFFIX)
    except OSError:
        return []


def _read(path: Path) -> Noted:
    """Read a note.

    Raises:
        OSError, ValueError, ValidationError: the file is not a note; `ValidationError` names the
            field.
    """
    fd = no_links.open_file(path, _READ, 0)
    with os.fdopen(fd, "rb") as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is not a regular file")
        if status.st_size > _LARGEST:
            raise ValueError(f"it is larger than {durable.size(_LARGEST)}")
        data = file.read(_LARGEST)
    note: Noted = _NOTE.validator.validate_json(data, strict=True)
    if note.id != path.stem:
        raise ValueError("its name differs from the note's id")
    if not 0 <= note.written <= time.time() + _A_DAY:
        raise ValueError("its time is in the future")
    return note


def _problem(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc'])) or 'it'}: {first['msg']}"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)
