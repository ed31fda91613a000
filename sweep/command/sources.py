"""What a program writes → records, while it runs. A source is asked again and again, and answers
what is new.

A record is a mapping of names to what was said at once: numbers, or texts that read as numbers; the
rest is left out. Mappings inside are joined with `/`: {"val": {"f1": 0.8}} says `val/f1`. A line
that is still being written is left for the next time.
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
    """The seam: one class for each way of writing."""

    def read(self, ended: bool) -> list[Record]:
        """Records since the last call; `ended`: the program is gone, what it wrote is
        all there is.
        """


def sources(
    wanted: MetricSource, folder: Path, output: Path, began: int
) -> list[Source]:
    """The sources that a study names.

    Args:
        folder: the trial's.
        output: file with the program's output, from byte `began` on.
    """
    found: list[Source] = []
    if wanted.path is not None:
        found.append(FORMATS[wanted.file_format](folder, wanted.path))
    if wanted.wandb:
        found.append(JsonLines(folder, WANDB_FILE))
    if wanted.output:
        found.append(Output(output, began, wanted.output))
    return found


def looked_at(wanted: MetricSource, folder: Path, last_words: str) -> str:
    """For a message: where metrics were looked for, and what is there instead."""
    places = []
    if wanted.path is not None:
        there = bool(matching(folder, wanted.path))
        places.append(
            f"command.metrics.file {wanted.path}:"
            f" {'no such number in it' if there else 'it wrote none'}"
        )
    if wanted.wandb:
        places.append("command.metrics.wandb: what it gives to wandb.log")
    if wanted.output:
        last = last_words.rpartition("\n")[2].strip()
        printed = (
            f"the last line it printed is {last[:200]!r}"
            if last
            else "it printed nothing"
        )
        places.append(
            f"command.metrics.output: patterns for {', '.join(wanted.output)}; {printed}"
        )
    return "looked at " + " and at ".join(places)


def names_epochs(wanted: MetricSource, path: Path) -> bool:
    """Whether a file that an earlier attempt left says which epoch is which; an
    unreadable one does not.
    """
    if wanted.epoch is None or path.name == WANDB_FILE:
        return False
    try:
        records = FORMATS[wanted.file_format](path.parent, path.name).read(ended=True)
    except TrialError:
        return False
    return any(wanted.epoch in record for record in records)


class _Grown:
    """Complete lines that were added to a file, from its beginning if it was written anew."""

    def __init__(self, folder: Path, pattern: str, offset: int = 0):
        self._matches, self._offset = Matches(folder, pattern), offset
        self._identity: tuple[int, int] | None = None
        self.number = 0  # of lines handed out

    def lines(self, ended: bool) -> Iterator[str]:
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
    """An object a line."""

    def __init__(self, folder: Path, pattern: str):
        self._grown = _Grown(folder, pattern)
        self._name = pattern

    def read(self, ended: bool) -> list[Record]:
        """See `Source`."""
        return list(self._records(ended))

    def _records(self, ended: bool) -> Iterator[Record]:
        for line in self._grown.lines(ended):
            try:
                said = json.loads(line)
            except (ValueError, RecursionError):
                raise TrialError(
                    _unreadable(self._name, self._grown.number, line, "a JSON object")
                ) from None
            if not isinstance(said, dict):
                raise TrialError(
                    _unreadable(self._name, self._grown.number, line, "a JSON object")
                )
            yield numbers(said)


class Csv:
    """A header and rows; an empty cell says nothing."""

    def __init__(self, folder: Path, pattern: str):
        self._grown = _Grown(folder, pattern)
        self._name = pattern
        self._header: list[str] = []

    def read(self, ended: bool) -> list[Record]:
        """See `Source`."""
        found = []
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
                found.append(numbers(dict(zip(self._header, cells, strict=False))))
        return found


class Json:
    """A file that is written anew each time: an object, a list of objects, or an object
    of lists (Keras).
    """

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
            said = json.loads(text)
        except (ValueError, RecursionError):
            if ended:
                raise TrialError(_unreadable(self._name, 1, text, "JSON")) from None
            return []  # being written
        found = [numbers(row) for row in _rows(said)]
        if isinstance(said, dict) and len(found) == 1:
            new = [] if self._seen[-1:] == found else found
            self._seen += new
            return new
        new = (
            found[len(self._seen) :]
            if found[: len(self._seen)] == self._seen
            else found
        )
        self._seen = found
        return new


class Output:
    """Patterns on what the program prints: what one line says is one record."""

    def __init__(self, path: Path, began: int, patterns: Mapping[str, str]):
        self._grown = _Grown(path.parent, path.name, began)
        self._patterns = {
            name: re.compile(pattern) for name, pattern in patterns.items()
        }

    def read(self, ended: bool) -> list[Record]:
        """See `Source`."""
        found = []
        for line in self._grown.lines(ended):
            said = {
                name: match[1]
                for name, pattern in self._patterns.items()
                if (match := pattern.search(line))
            }
            if record := numbers(said):
                found.append(record)
        return found


WANDB_FILE = "wandb.jsonl"  # what `wandb_hook` writes
FORMATS: Mapping[Format, type[JsonLines] | type[Csv] | type[Json]] = {
    "jsonl": JsonLines,
    "csv": Csv,
    "json": Json,
}


def numbers(said: Mapping[str, Any], above: str = "") -> Record:
    """The numbers in what was said, names of mappings joined with `/`; `NaN` and
    `Infinity` are numbers here.
    """
    found: Record = {}
    for name, value in said.items():
        if isinstance(value, Mapping):
            found |= numbers(value, f"{above}{name}/")
        elif isinstance(value, int | float):
            found[f"{above}{name}"] = _number(value)
        elif isinstance(value, str):
            try:
                found[f"{above}{name}"] = float(value)
            except ValueError:
                continue
    return found


def _number(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer of hundreds of digits
        return math.inf if value > 0 else -math.inf


def _rows(said: Any) -> list[dict[str, Any]]:
    if isinstance(said, list):
        return [row for row in said if isinstance(row, dict)]
    if not isinstance(said, dict):
        return []
    columns = {
        name: column for name, column in said.items() if isinstance(column, list)
    }
    if columns and len(columns) == len(said):
        longest = max(map(len, columns.values()))
        return [
            {n: c[i] for n, c in columns.items() if i < len(c)} for i in range(longest)
        ]
    return [said]


def _unreadable(name: str, line: int, text: str, wanted: str) -> str:
    return f"{name}, line {line}: {text.strip()[:80]!r} is not {wanted}"
