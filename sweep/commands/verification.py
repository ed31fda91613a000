"""`sweep verify`: check that a study's files still match its log."""

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
    """Check the log's checksums, every trial file that the log names, and the report's files.

    Nothing is read from a cache, and nothing is written.

    Args:
        study: the study.
        say: prints a line.

    Returns:
        The problems, which are printed as well; empty if there is none.
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
        f"; {log.tail} bytes of an incomplete record follow, on which nothing depends"
    )
    say(
        f"log: {log.records} records, all checksums and numbers correct{tail if log.tail else ''}"
    )
    for line in summary(checks):
        say(line)
    return problems


def _check_log(log: LogReading) -> Checked:
    return Checked("records of the log", sound=log.records)


def _check_study_file(folder: Path, log: LogReading) -> Checked:
    """Check the copy of the study file from the study's start."""
    check = Checked("copies of the study file")
    path = folder / STUDY_FILE
    if path.is_symlink():
        check.problems.append(f"{path}: is a link")
    elif not path.is_file():
        check.problems.append(f"{path}: is missing")
    elif path.read_bytes() != log.source.encode():
        check.problems.append(
            f"{path}: differs from the study file that the study started with"
        )
    else:
        check.sound += 1
    return check


def _check_imports(log: LogReading) -> Checked:
    """Check the files that runs were imported from; a changed file is a problem."""
    check = Checked("imported files")
    for event in log.history.imports:
        for name, sha in event.files.items():
            if not Path(name).exists():
                check.unverified["deleted since the import"] += 1
            elif problems := list(changed({name: sha})):
                check.problems += problems
            else:
                check.sound += 1
    return check
