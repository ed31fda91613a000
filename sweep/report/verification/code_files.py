"""Check the copies of the trainer's sources against the hashes in the log."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from itertools import chain
from pathlib import Path

from sweep.provenance.code_copy import DIFF, FOLDER
from sweep.report.verification.checked import Checked
from sweep.report.verification.log_reading import LogReading

_NO_HASH = "the log has no hash of them"
_DIGITS = 16  # of a SHA-256, as `sweep.provenance` records it


def check_code(folder: Path, log: LogReading) -> Checked:
    """Check every file under `code/`, and that none of the last session's sources is missing.

    Args:
        folder: the study's.
    """
    check = Checked("copies of source files")
    sessions = log.history.sessions
    recorded: set[str] = set()
    for session in sessions:
        recorded.update(session.files.values())
    present: set[str] = set()
    for path in sorted((folder / FOLDER).rglob("*")):
        if path.is_symlink():
            check.problems.append(f"{path}: is a link")
        elif path.is_file() and path.name.startswith(DIFF):
            check.unverified[_NO_HASH] += 1
        elif path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:_DIGITS]
            present.add(digest)
            if digest in recorded:
                check.sound += 1
            else:
                check.problems.append(f"{path}: the log has no source file like it")
    with_trials = set(chain.from_iterable(log.history.session_numbers.values()))
    last_files: Mapping[str, str] = {}
    if sessions and sessions[-1].number in with_trials:
        last_files = sessions[-1].files
    if not present:
        check.unverified["none was kept"] += len(last_files)
        return check
    for name, digest in last_files.items():
        if digest not in present:
            check.problems.append(f"{folder / FOLDER}: the copy of {name} is missing")
    return check
