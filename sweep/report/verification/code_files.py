"""Are the copies of the trainer's sources those that the log knows the hashes of?"""

from __future__ import annotations

import hashlib
from pathlib import Path

from sweep.provenance.code_copy import DIFF, FOLDER
from sweep.report.verification.checked import Checked
from sweep.report.verification.log_reading import LogReading

_NO_HASH = "the log has no hash of them"
_DIGITS = 16  # of a SHA-256, as `sweep.provenance` keeps it


def check_code(folder: Path, log: LogReading) -> Checked:
    """Check every file under `code/`, and that none of the last session's sources is missing.

    Args:
        folder: the study's.
    """
    check = Checked("copies of source files")
    sessions = log.history.sessions
    known = {digest for session in sessions for digest in session.files.values()}
    there: set[str] = set()
    for path in sorted((folder / FOLDER).rglob("*")):
        if path.is_symlink():
            check.problems.append(f"{path}: is a link")
        elif path.is_file() and path.name.startswith(DIFF):
            check.unverified[_NO_HASH] += 1
        elif path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:_DIGITS]
            there.add(digest)
            if digest in known:
                check.sound += 1
            else:
                check.problems.append(f"{path}: is no source file that the log knows")
    ran = {
        number for numbers in log.history.session_numbers.values() for number in numbers
    }
    missing = sessions[-1].files if sessions and sessions[-1].number in ran else {}
    if not there:
        check.unverified["none was kept"] += len(missing)
        return check
    for name, digest in missing.items():
        if digest not in there:
            check.problems.append(f"{folder / FOLDER}: the copy of {name} is missing")
    return check
