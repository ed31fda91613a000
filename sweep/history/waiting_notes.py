"""Notes on a study that a session is working on: a file each, until the session takes them in.

The log has one writer. Somebody else who notes something writes a file into the study's folder, and
the session puts it into the log, then removes the file. The event carries the file's name: a
process that is killed between the two leaves a file whose note is in the log already, and it is
only removed. So a note is taken in once, whenever anything is killed.
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
_LARGEST = (
    1_000_000  # bytes of a note that is read; more was written by no `sweep note`
)
_A_DAY = 86400.0  # seconds by which the clocks of two machines may differ
_READ = (
    os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
)  # a pipe in a file's place does not block

_NOTE = TypeAdapter(Noted)


@dataclass(frozen=True)
class Waiting:
    """Notes that wait beside a log.

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
            problems.append(f"{FOLDER}/{path.name} is left alone: {_problem(error)}")
            continue
        if note.id in history.noted:
            continue
        if note.trial is not None and note.trial not in history.trials:
            problems.append(
                f"{FOLDER}/{path.name} is left alone: there is no trial {note.trial}"
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
    """Put the notes that wait into the log, and remove their files.

    Args:
        history: of the log; `record` brings it up to date, or nobody reads it after this.
        record: makes an event durable.
        by_session: whether the session that is at work does it; else the last session is over.

    Returns:
        A sentence for each file that is no note.
    """
    found = waiting(folder, history)
    for note in found.notes:
        record(replace(note, by_session=by_session))
    taken = history.noted | {note.id for note in found.notes}
    for path in _files(folder):
        if path.stem in taken:
            with suppress(CannotWrite):  # another user's file: the log holds the note
                durable.remove(path)
    return found.problems


def take_in_if_free(folder: Path) -> bool:
    """Put the notes that wait into the log of a study, unless another process writes it.

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
    """The files that may hold a note, in the order of their names; none in a folder
    that is a link.
    """
    inside = folder / FOLDER
    try:
        if not stat.S_ISDIR(os.lstat(inside).st_mode):
            return []
        return sorted(path for path in inside.iterdir() if path.suffix == _SUFFIX)
    except OSError:
        return []


def _read(path: Path) -> Noted:
    """A note.

    Raises:
        OSError, ValueError, ValidationError: it is none; `ValidationError` names the field.
    """
    fd = no_links.open_file(path, _READ, 0)
    with os.fdopen(fd, "rb") as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is no file")
        if status.st_size > _LARGEST:
            raise ValueError(f"it is larger than {durable.size(_LARGEST)}")
        data = file.read(_LARGEST)
    note: Noted = _NOTE.validator.validate_json(data, strict=True)
    if note.id != path.stem:
        raise ValueError("its name is not that of the note in it")
    if not 0 <= note.written <= time.time() + _A_DAY:
        raise ValueError("it was written in the future")
    return note


def _problem(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc'])) or 'it'}: {first['msg']}"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)
