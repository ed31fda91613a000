"""Check every written file of a report against the log.

Each file is made again from the records and options that the log says it was written with, and
compared byte by byte. With other versions of libraries the bytes may differ; the file is then only
compared with the hash recorded when it was written.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from sweep.errors import SweepError
from sweep.history.history import History, WrittenReport
from sweep.report import cross_validation, files, versions
from sweep.report.evidence import Evidence, gather
from sweep.report.tracing import cell_differences
from sweep.report.verification.checked import Checked
from sweep.report.verification.log_reading import LogReading

_TEXT = (".md", ".html", ".tex", ".txt", ".json", ".csv")
_TABLES = (".csv", ".parquet", ".json")
_MOST_CELLS = 5  # differing cells that a problem lists
_LONGEST = 80  # characters of a differing line that a problem shows


@dataclass(frozen=True)
class _Written:
    """One writing of a report, made again.

    Attributes:
        event: the log's record of it; None for files that the log does not mention.
        evidence: of the study at that time.
        made: file name → contents, as they must have been.
        failure: why it could not be made again; "" if it could.
    """

    event: WrittenReport | None
    evidence: Evidence | None = None
    made: Mapping[str, bytes] = field(default_factory=dict)
    failure: str = ""

    @property
    def changed_versions(self) -> str:
        """The versions that differ from now; "" if none does or it is unknown."""
        if self.event is None:
            return ""
        return "; ".join(versions.changed(self.event.event.versions))

    @property
    def when(self) -> str:
        """When the report was written, as text."""
        if self.event is None:
            return "at an unknown time"
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(self.event.at))


def check_report(folder: Path, log: LogReading) -> Checked:
    """Check every file in a report's folder, and that none is missing.

    Args:
        folder: the report's, which need not exist.
    """
    check = Checked("files of the report")
    latest = _latest(log.history)
    present = [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    ]
    made: dict[int, _Written] = {}
    for name in sorted({*latest, *present}):
        event = latest.get(name)
        key = id(event)
        if key not in made:
            made[key] = _make(event, log)
        _check_file(check, folder, name, made[key], event)
    return check


def _latest(history: History) -> dict[str, WrittenReport]:
    """File name → the last writing that included it."""
    latest: dict[str, WrittenReport] = {}
    for written in history.reports:
        latest |= dict.fromkeys(written.event.files, written)
    return latest


def _make(event: WrittenReport | None, log: LogReading) -> _Written:
    """The report as it must have been."""
    options, history = files.Options(), log.history
    if event is not None:
        options = files.options_of(event.event.options)
        history = log.at(event.event.records)
    try:
        layout = options.layout(history)
        evidence = gather(history, metrics=options.metrics, layout=layout)
        return _Written(event, evidence, files.contents(evidence, options))
    except SweepError as error:
        return _Written(event, failure=str(error))


def _check_file(
    check: Checked,
    folder: Path,
    name: str,
    written: _Written,
    event: WrittenReport | None,
) -> None:
    """Check one file of a report against what the log gives."""
    path = folder / name
    if path.is_symlink():
        check.problems.append(f"report/{name}: is a link, which no report writes")
        return
    if not path.is_file():
        check.problems.append(
            f"report/{name}: is missing; it was written {written.when}"
        )
        return
    data = path.read_bytes()
    expected = written.made.get(name)
    if expected == data:
        check.sound += 1
    elif event is None:
        _check_unrecorded(check, path, name, written)
    elif hashlib.sha256(data).hexdigest() != event.event.files[name]:
        what = _what_differs(path, name, written)
        check.problems.append(
            f"report/{name}: is not the file written {written.when}{what}"
        )
    elif written.changed_versions and not _cells_are_equal(path, name, written):
        check.unverified[
            f"not comparable (written with {written.changed_versions})"
        ] += 1
    elif written.changed_versions:
        check.sound += 1
    elif written.failure:
        check.problems.append(f"report/{name}: cannot be made again: {written.failure}")
    else:
        what = _what_differs(path, name, written)
        check.problems.append(f"report/{name}: the log gives another file{what}")


def _check_unrecorded(check: Checked, path: Path, name: str, written: _Written) -> None:
    """A file without a record in the log that differs from a report with default options."""
    if name not in written.made:
        check.unverified["the log records no report with them"] += 1
        return
    what = _what_differs(path, name, written)
    check.problems.append(
        f"report/{name}: the log gives another file, and has no record of how this "
        f"one was written{what}"
    )


def _cells_are_equal(path: Path, name: str, written: _Written) -> bool:
    """Whether all cells of a table are equal up to the last digits; False if not a table."""
    return _is_table(path, name) and not _cells(path, written)


def _is_table(path: Path, name: str) -> bool:
    return path.suffix in _TABLES and name != cross_validation.FILE


def _what_differs(path: Path, name: str, written: _Written) -> str:
    """The first differences, one per line; "" if the file cannot be compared."""
    expected = written.made.get(name)
    if expected is None:
        return ""
    cells = _cells(path, written) if _is_table(path, name) else []
    if cells:
        return "".join(f"\n    {line}" for line in cells[:_MOST_CELLS])
    return _first_line(path.read_bytes(), expected) if path.suffix in _TEXT else ""


def _cells(path: Path, written: _Written) -> list[str]:
    """The cells of a table's file that differ from the log."""
    if written.evidence is None:
        return []
    try:
        return cell_differences(written.evidence, path)
    except SweepError as error:
        return [str(error)]


def _first_line(written: bytes, expected: bytes) -> str:
    """The first line in which two texts differ, as both have it."""
    pairs = zip_longest(written.split(b"\n"), expected.split(b"\n"), fillvalue=b"")
    for number, (line, expected_line) in enumerate(pairs, start=1):
        if line != expected_line:
            return (
                f"\n    line {number}: {_shown(line, expected_line)}, the log gives"
                f" {_shown(expected_line, line)}"
            )
    return ""


def _shown(line: bytes, other: bytes) -> str:
    """The part of a line around the first difference."""
    same = 0
    while line[: same + 1] == other[: same + 1] and same < len(line):
        same += 1
    begin = max(same - _LONGEST // 2, 0)
    text = line[begin : begin + _LONGEST].decode(errors="replace")
    return repr(text)
