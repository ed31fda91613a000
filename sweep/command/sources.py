"""Read records from a program's files and output while it runs. Each call returns the new ones.

A record maps names to values that were written at once: numbers, or texts that read as numbers;
others are ignored. Nested mappings are joined with `/`: {"val": {"f1": 0.8}} is `val/f1`. An
incomplete line is read by a later call.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from sweep.command.matches import Matches, matching
from sweep.errors import TrialError
from sweep.spec.command import Format, MetricSource

Record = dict[str, float]


class Source(Protocol):
    """The protocol of a source; there is one class for each format."""

    def read(self, ended: bool) -> list[Record]:
        """Return the records since the last call; `ended`: the program has ended."""


def sources(
    metrics: MetricSource, folder: Path, output: Path, began: int
) -> list[Source]:
    """The sources of a study's metrics.

    Args:
        metrics: the section `command.metrics`.
        folder: the trial's folder.
        output: file with the program's output, starting at byte `began`.
    """
    all_sources: list[Source] = []
    if metrics.path is not None:
        all_sources.append(FORMATS[metrics.file_format](folder, metrics.path))
    if metrics.wandb:
        all_sources.append(JsonLines(folder, WANDB_FILE))
    if metrics.output:
        all_sources.append(Output(output, began, metrics.output))
    return all_sources


def looked_at(metrics: MetricSource, folder: Path, last_words: str) -> str:
    """For a message: where metrics were searched, and what is there instead."""
    places = []
    if metrics.path is not None:
        exists = bool(matching(folder, metrics.path))
        places.append(
            f"command.metrics.file {metrics.path}: "
            f"{'the file has no such number' if exists else 'no such file was written'}"
        )
    if metrics.wandb:
        places.append("command.metrics.wandb: the calls of wandb.log")
    if metrics.output:
        last = last_words.rpartition("\n")[2].strip()
        printed = (
            f"the last line it printed is {last[:200]!r}"
            if last
            else "it printed nothing"
        )
        places.append(
            f"command.metrics.output: patterns for {', '.join(metrics.output)}; {printed}"
        )
    return "looked at " + " and at ".join(places)


def names_epochs(metrics: MetricSource, path: Path) -> bool:
    """Whether an earlier attempt's file has epoch numbers; False if it cannot be read."""
    if metrics.epoch is None or path.name == WANDB_FILE:
        return False
    try:
        records = FORMATS[metrics.file_format](path.parent, path.name).read(ended=True)
    except TrialError:
        return False
    return any(metrics.epoch in record for record in records)


class _Grown:
    """Complete lines added to a file; from its start if the file was rewritten."""

    def __init__(self, folder: Path, pattern: str, offset: int = 0):
        self._matches, self._offset = Matches(folder, pattern), offset
        self._identity: tuple[int, int] | None = None
        self.number = 0  # of lines handed out

    def lines(self, ended: bool) -> Iterator[str]:
        """The complete lines that were written since the last call.

        Args:
            ended: whether the program has ended; a last line without line break is then complete.
        """
        path = self._matches.newest()
        if path is None:
            return
        with path.open("rb") as file:
            state = path.stat()
            identity = (state.st_dev, state.st_ino)
            if self._identity not in (None, identity) or state.st_size < self._offset:
                self._offset = self.number = 0
            self._identity = identity
            file.seek(self._offset)
            data = file.read()
        whole = len(data) if ended else max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        self._offset += whole
        for line in re.split(rb"[\r\n]+", data[:whole]):
            if line.strip():
                self.number += 1
                yield line.decode("utf-8", "replace")


class JsonLines:
    """A file with one JSON object a line."""

    def __init__(self, folder: Path, pattern: str):
        self._grown = _Grown(folder, pattern)
        self._name = pattern

    def read(self, ended: bool) -> list[Record]:
        """See `Source`."""
        return list(self._records(ended))

    def _records(self, ended: bool) -> Iterator[Record]:
        """The records of the lines that were written since the last call.

        Raises:
            TrialError: a line is not a JSON object.
        """
        for line in self._grown.lines(ended):
            try:
                parsed = json.loads(line)
            except (ValueError, RecursionError):
                raise TrialError(
                    _unreadable(self._name, self._grown.number, line, "a JSON object")
                ) from None
            if not isinstance(parsed, dict):
                raise TrialError(
                    _unreadable(self._name, self._grown.number, line, "a JSON object")
                )
            yield numbers(parsed)


class Csv:
    """A CSV file with a header; empty cells are ignored."""

    def __init__(self, folder: Path, pattern: str):
        self._grown = _Grown(folder, pattern)
        self._name = pattern
        self._header: list[str] = []

    def read(self, ended: bool) -> list[Record]:
        """See `Source`."""
        records = []
        for line in self._grown.lines(ended):
            try:
                cells = [cell.strip() for cell in next(csv.reader(io.StringIO(line)))]
            except csv.Error:  # a field of over 128 kB
                raise TrialError(
                    _unreadable(self._name, self._grown.number, line, "a row of CSV")
                ) from None
            if self._grown.number == 1:
                self._header = cells
            elif cells != self._header:  # appended by a second attempt, header and all
                records.append(numbers(dict(zip(self._header, cells, strict=False))))
        return records


class Json:
    """A JSON file that is rewritten: an object, a list of objects, or an object of lists."""

    def __init__(self, folder: Path, pattern: str):
        self._matches, self._name = Matches(folder, pattern), pattern
        self._seen: list[Record] = []

    def read(self, ended: bool) -> list[Record]:
        """See `Source`."""
        path = self._matches.newest()
        if path is None:
            return []
        text = path.read_text(encoding="utf-8", errors="replace")
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            if ended:
                raise TrialError(_unreadable(self._name, 1, text, "JSON")) from None
            return []  # being written
        records = [numbers(row) for row in _rows(parsed)]
        if isinstance(parsed, dict) and len(records) == 1:
            new = [] if self._seen[-1:] == records else records
            self._seen += new
            return new
        new = (
            records[len(self._seen) :]
            if records[: len(self._seen)] == self._seen
            else records
        )
        self._seen = records
        return new


class Output:
    """Patterns that are searched in the program's output; each line is one record."""

    def __init__(self, path: Path, began: int, patterns: Mapping[str, str]):
        self._grown = _Grown(path.parent, path.name, began)
        self._patterns = {
            name: re.compile(pattern) for name, pattern in patterns.items()
        }

    def read(self, ended: bool) -> list[Record]:
        """See `Source`."""
        records = []
        for line in self._grown.lines(ended):
            values = {
                name: match[1]
                for name, pattern in self._patterns.items()
                if (match := pattern.search(line))
            }
            if record := numbers(values):
                records.append(record)
        return records


WANDB_FILE = "wandb.jsonl"  # what `wandb_hook` writes
FORMATS: Mapping[Format, type[JsonLines] | type[Csv] | type[Json]] = {
    "jsonl": JsonLines,
    "csv": Csv,
    "json": Json,
}


def numbers(mapping: Mapping[str, Any], above: str = "") -> Record:
    """The numbers of a mapping, with nested names joined by `/`; `NaN` and `Infinity` count."""
    record: Record = {}
    for name, value in mapping.items():
        if isinstance(value, Mapping):
            record |= numbers(value, f"{above}{name}/")
        elif isinstance(value, int | float):
            record[f"{above}{name}"] = _number(value)
        elif isinstance(value, str):
            try:
                record[f"{above}{name}"] = float(value)
            except ValueError:
                continue
    return record


def _number(value: float) -> float:
    """A float; an integer that is too large for one becomes infinite."""
    try:
        return float(value)
    except OverflowError:  # an integer of hundreds of digits
        return math.inf if value > 0 else -math.inf


def _rows(parsed: Any) -> list[dict[str, Any]]:
    """The rows of a JSON list, or of a mapping of columns."""
    if isinstance(parsed, list):
        return [row for row in parsed if isinstance(row, dict)]
    if not isinstance(parsed, dict):
        return []
    columns = {
        name: column for name, column in parsed.items() if isinstance(column, list)
    }
    if columns and len(columns) == len(parsed):
        longest = max(map(len, columns.values()))
        return [
            {n: c[i] for n, c in columns.items() if i < len(c)} for i in range(longest)
        ]
    return [parsed]


def _unreadable(name: str, line: int, text: str, expected: str) -> str:
    """The message about a line that is not what was expected."""
    return f"{name}, line {line}: {text.strip()[:80]!r} is not {expected}"
