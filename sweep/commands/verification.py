"""`sweep verify`: is what the study says still what happened? Recomputed from the log alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sweep.errors import LogDamaged
from sweep.imported.fingerprints import changed
from sweep.log.event_log import FILE_NAME
from sweep.report.verification.checked import Checked, summary
from sweep.report.verification.code_files import check_code
from sweep.report.verification.log_reading import LogReading, read_log
from sweep.report.verification.report_files import check_report
from sweep.report.verification.trial_files import check_trial_files
from sweep.study import REPORT, Study
from sweep.study_file import STUDY_FILE


def verify(study: Study, say: Callable[[str], None]) -> list[str]:
    """Check the log's chain, every file of trials that the log knows, and every file of the report.

    Nothing is read from a cache, and nothing is written.

    Returns:
        The problems, each said as well; empty when all is as it was.
    """
    try:
        log = read_log(study.folder / FILE_NAME)
    except LogDamaged as damage:
        say(str(damage))
        return [str(damage)]
    checks = [
        _check_log(log),
        _check_study_file(study.folder, log),
        check_code(study.folder, log),
        *check_trial_files(study.folder, log),
        _check_imports(log),
        check_report(study.folder / REPORT, log),
    ]
    problems: list[str] = []
    for check in checks:
        problems += check.problems
        for line in check.problems:
            say(line)
    tail = (
        f"; {log.tail} bytes of an incomplete record follow, which nothing has acted on"
    )
    say(
        f"log: {log.records} records, every checksum and number right{tail if log.tail else ''}"
    )
    for line in summary(checks):
        say(line)
    return problems


def _check_log(log: LogReading) -> Checked:
    return Checked("records of the log", sound=log.records)


def _check_study_file(folder: Path, log: LogReading) -> Checked:
    """The copy of the study file as the study began."""
    check = Checked("copies of the study file")
    path = folder / STUDY_FILE
    if path.is_symlink():
        check.problems.append(f"{path}: is a link")
    elif not path.is_file():
        check.problems.append(f"{path}: is missing")
    elif path.read_bytes() != log.source.encode():
        check.problems.append(
            f"{path}: is not the study file that the study began with"
        )
    else:
        check.sound += 1
    return check


def _check_imports(log: LogReading) -> Checked:
    """The files that runs were imported from: one that changed since is a problem."""
    check = Checked("imported files")
    for event in log.history.imports:
        for name, sha in event.files.items():
            if not Path(name).exists():
                check.unverified["gone since they were imported"] += 1
            elif problems := list(changed({name: sha})):
                check.problems += problems
            else:
                check.sound += 1
    return check
