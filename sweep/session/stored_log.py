"""The copies of a study's log in its storage.

No copy is overwritten. Its name has the number of the session that stored it, then its length:
`log/00002-000000012345.jsonl`. The copy that counts is the longest one of the latest session.

A driver may upload late: its network hung, and meanwhile the study was resumed on another machine.
Its copy belongs to an earlier session, so it never counts, and the store needs no conditional
writes. A session on one machine does not start from an older log than the copy, nor from another
one (`check`). Only two machines that resume the same copy within the same minute are not told
apart: until the first of them has stored its log again.
"""

from __future__ import annotations

from pathlib import Path

from sweep.errors import CannotWrite, StudyExists
from sweep.log.event_log import FILE_NAME
from sweep.storage import Storage

FOLDER = "log"
_ENDING = ".jsonl"
_ATTEMPTS = (
    3  # a copy may be removed after the names were read; then there is a newer one
)


def put(storage: Storage, log: Path, session: int) -> bool:
    """Store a copy, and remove the earlier ones.

    Args:
        storage: the study's folder in the storage.
        log: the study's log.
        session: number of the session that stores it, from 0.

    Returns:
        Whether it counts: False if a later session has stored a copy.

    Raises:
        CannotWrite: the storage does not answer.
    """
    name = f"{FOLDER}/{session:05d}-{log.stat().st_size:012d}{_ENDING}"
    storage.put(log, name)
    copies = _copies(storage)
    if copies[-1] > name:
        return False
    for earlier in copies:
        if earlier < name:
            storage.remove(earlier)
    return True


def read(storage: Storage) -> bytes | None:
    """The copy that counts; None if the storage has none.

    Raises:
        CannotWrite: the storage does not answer, or lists a copy that it does not have.
    """
    copies: list[str] = []
    for _ in range(_ATTEMPTS):
        copies = _copies(storage)
        if not copies:
            return storage.read(
                FILE_NAME
            )  # the only copy, before copies had names of their own
        copy = storage.read(copies[-1])
        if copy is not None:
            return copy
    raise CannotWrite(
        f"{storage.uri} lists {copies[-1]}, but does not have it. Try `sweep resume` again"
    )


def check(storage: Storage, folder: Path) -> None:
    """Check that the storage's copy of the log is no newer than the log here.

    Args:
        folder: the study's folder here.

    Raises:
        StudyExists: the storage holds another study, or this study was continued elsewhere.
        CannotWrite: the storage does not answer.
    """
    stored = read(storage)
    if stored is None:
        return
    log = (folder / FILE_NAME).read_bytes()
    if first_line(stored) != first_line(log):
        raise StudyExists(
            f"{storage.uri} contains another study. Give this one another name (--set name=…),"
            " or another storage"
        )
    # A record that was copied while it was being written has no end, and may have been cut here.
    records = stored[: stored.rindex(b"\n") + 1]
    if log.startswith(records):
        return
    took_copy = f"To continue from there, move {folder} away, then `sweep resume` with --storage"
    if records.startswith(log):
        raise StudyExists(
            f"{storage.uri} has more records of this study than {folder}: it was continued on"
            f" another machine. {took_copy}"
        )
    line = _first_difference(records, log)
    raise StudyExists(
        f"this study was continued on two machines: {folder / FILE_NAME} and its copy in"
        f" {storage.uri} differ from line {line} on. {took_copy}. To continue from here, remove"
        f" {storage.uri}/{FOLDER} first"
    )


def first_line(log: bytes) -> bytes:
    """The line that tells studies apart."""
    return log.partition(b"\n")[0]


def _first_difference(one: bytes, other: bytes) -> int:
    """Number, from 1, of the first line that differs."""
    lines = zip(one.splitlines(), other.splitlines(), strict=False)
    for number, (line, other_line) in enumerate(lines, start=1):
        if line != other_line:
            return number
    return min(one.count(b"\n"), other.count(b"\n")) + 1


def _copies(storage: Storage) -> list[str]:
    """The names of all copies, the one that counts last."""
    names = storage.names(FOLDER)
    return sorted(name for name in names if name.endswith(_ENDING))
