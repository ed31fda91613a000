"""The epochs of a trial as reports, packed into columns when the trial has ended.

A study of 10 000 trials has a million epochs. As objects they need half a gigabyte and seconds to
create. As float64 columns they need only the space of their numbers, and a curve is read without
other data.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import NoneType
from typing import Any, overload

_MOST_EXACT = 2**53  # integers up to here are exact in float64
_EPOCH, _SECONDS, _KIND = 0, 1, 2  # rows of the table; those of the metrics follow

Kinds = tuple[
    tuple[str, ...], ...
]  # the names that a report carries, in order; each combination once


@dataclass(frozen=True, slots=True)
class Report:
    """A trainer's report of one epoch.

    Attributes:
        epoch: the trainer's own number; it may count from 0 or from 1 (`Trial.epochs_done`).
        metrics: name → value; a value that was not finite is None.
        seconds: duration of the epoch on a monotonic clock, checkpoint writing included.
    """

    epoch: int
    metrics: Mapping[str, float | None]
    seconds: float


class Epochs(Sequence[Report]):
    """Packed reports; a `Report` is created when it is read. It equals the list of reports.

    Attributes:
        kinds: the combinations of metrics' names; most trials have the same names every epoch, and
            some have others at the end.
        table: float64, one row after another: epoch, seconds, index into `kinds`, then each metric,
            NaN for None.
    """

    __slots__ = ("_count", "kinds", "table")

    def __init__(self, kinds: Kinds, table: memoryview[float]):
        self.kinds, self.table = kinds, table
        self._count = len(table) // (_KIND + 1 + len(_rows(kinds)))

    def check(self) -> None:
        """Refuse a table that `packed` would not have made.

        Raises:
            ValueError: its size, an epoch or an index into `kinds` is impossible.
        """
        rows = _KIND + 1 + len(_rows(self.kinds))
        if not self._count or len(self.table) != rows * self._count:
            raise ValueError(
                f"{len(self.table)} numbers are not {rows} rows of equal length"
            )
        for number in self.epochs:
            if not (number.is_integer() and 0 <= number < _MOST_EXACT):
                raise ValueError(f"epoch {number} is not an integer of at least 0")
        if not set(self._row(_KIND)) <= set(range(len(self.kinds))):
            raise ValueError(f"a report has an index beyond {len(self.kinds)} kinds")
        if math.isnan(sum(self.seconds)):
            raise ValueError("an epoch has no duration")

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Report: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Report]: ...
    def __getitem__(self, index: int | slice) -> Report | Sequence[Report]:
        if isinstance(index, slice):
            return [self._report(at) for at in range(*index.indices(self._count))]
        at = index + self._count if index < 0 else index
        if not 0 <= at < self._count:
            raise IndexError(f"report {index} of {self._count}")
        return self._report(at)

    def __iter__(self) -> Iterator[Report]:
        return map(self._report, range(self._count))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str | bytes):
            return NotImplemented
        return len(self) == len(other) and all(
            mine == theirs for mine, theirs in zip(self, other, strict=True)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self))

    @property
    def epochs(self) -> memoryview[float]:
        """The epochs' numbers, as floats."""
        return self._row(_EPOCH)

    @property
    def seconds(self) -> memoryview[float]:
        """The epochs' durations."""
        return self._row(_SECONDS)

    @property
    def names(self) -> tuple[str, ...]:
        """Every metric, in order of first appearance."""
        return tuple(_rows(self.kinds))

    def column(self, metric: str) -> memoryview[float] | None:
        """A metric's values, NaN if not finite or not reported; None if no report has it."""
        row = _rows(self.kinds).get(metric)
        return None if row is None else self._row(row)

    def _row(self, row: int) -> memoryview[float]:
        """One row of the table, without a copy."""
        return self.table[row * self._count : (row + 1) * self._count]

    def _report(self, at: int) -> Report:
        """The report at a position."""
        rows, table, count = _rows(self.kinds), self.table, self._count
        metrics: dict[str, float | None] = {}
        for name in self.kinds[int(table[_KIND * count + at])]:
            value = table[rows[name] * count + at]
            metrics[name] = None if value != value else value
        return Report(int(table[at]), metrics, table[_SECONDS * count + at])


def epoch_numbers(reports: Sequence[Report]) -> Sequence[float]:
    """The epochs' numbers, as the trainer gave them."""
    if isinstance(reports, Epochs):
        return reports.epochs
    if isinstance(reports, GrowingReports):
        return reports.epochs
    return [report.epoch for report in reports]


def curve(reports: Sequence[Report], metric: str) -> dict[int, float]:
    """Epoch → value of one metric, without the epochs that did not report a finite value."""
    if isinstance(reports, Epochs):
        column = reports.column(metric)
        return (
            {}
            if column is None
            else {
                int(e): v for e, v in zip(reports.epochs, column, strict=True) if v == v
            }
        )
    values = ((r.epoch, r.metrics.get(metric)) for r in reports)
    return {epoch: value for epoch, value in values if value is not None}


class Curve(Mapping[int, float]):
    """The curve of an ended trial, computed at the first access, since few samplers use it."""

    __slots__ = ("_made", "_metric", "_reports")

    def __init__(self, reports: Epochs, metric: str):
        self._reports, self._metric = reports, metric
        self._made: dict[int, float] | None = None

    def __getitem__(self, epoch: int) -> float:
        return self._read()[epoch]

    def __iter__(self) -> Iterator[int]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __repr__(self) -> str:
        return repr(self._read())

    def _read(self) -> dict[int, float]:
        if self._made is None:
            self._made = curve(self._reports, self._metric)
        return self._made


def curve_so_far(reports: Sequence[Report], metric: str) -> Mapping[int, float]:
    """The current result of `curve`, which later reports do not change."""
    return (
        Curve(reports, metric)
        if isinstance(reports, Epochs)
        else curve(reports, metric)
    )


def finite(reports: Sequence[Report], metric: str) -> list[float]:
    """The values of one metric in order, without those that are not finite or were not reported."""
    if not isinstance(reports, Epochs):
        return [
            value
            for report in reports
            if (value := report.metrics.get(metric)) is not None
        ]
    column = reports.column(metric)
    values = [] if column is None else list(column)
    return (
        values
        if not math.isnan(sum(values))
        else [value for value in values if value == value]
    )


def seconds(reports: Sequence[Report]) -> float:
    """The total duration of the epochs in seconds."""
    return (
        sum(reports.seconds)
        if isinstance(reports, Epochs)
        else sum(report.seconds for report in reports)
    )


def earliest(reports: Sequence[Report], metric: str, value: float) -> Report:
    """The first report with this value of a metric, which must exist."""
    if isinstance(reports, Epochs) and (column := reports.column(metric)) is not None:
        return reports[list(column).index(value)]
    return next(report for report in reports if report.metrics.get(metric) == value)


class GrowingReports(Sequence[Report]):
    """The reports of an open trial: columns that grow; objects are created on access."""

    __slots__ = ("_epochs", "_metrics", "_reports", "_seconds")

    def __init__(self) -> None:
        self._epochs: list[int] = []
        self._metrics: list[Mapping[str, float | None]] = []
        self._seconds: list[float] = []
        # of the first epochs: those that were read so far
        self._reports: list[Report] = []

    def add(
        self, epoch: int, metrics: Mapping[str, float | None], seconds: float
    ) -> None:
        """Append a report."""
        self._epochs.append(epoch)
        self._metrics.append(metrics)
        self._seconds.append(
            seconds
        )  # last: its length is the number of complete reports

    def __len__(self) -> int:
        return len(self._seconds)

    @overload
    def __getitem__(self, index: int) -> Report: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Report]: ...
    def __getitem__(self, index: int | slice) -> Report | Sequence[Report]:
        return self._read()[index]

    def __iter__(self) -> Iterator[Report]:
        return iter(self._read())

    def __eq__(self, other: object) -> bool:
        return (
            self._read() == list(other)
            if isinstance(other, Sequence)
            else NotImplemented
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._read())

    @property
    def epochs(self) -> Sequence[int]:
        """The epochs' numbers."""
        return self._epochs[: len(self)]

    def _read(self) -> list[Report]:
        for at in range(len(self._reports), len(self._seconds)):
            self._reports.append(
                Report(self._epochs[at], self._metrics[at], self._seconds[at])
            )
        return self._reports

    def so_far(self) -> GrowingReports:
        """A copy of the current reports for another thread, while this one adds more."""
        count = len(self)
        copy = GrowingReports()
        copy._epochs = self._epochs[:count]
        copy._metrics = self._metrics[:count]
        copy._seconds = self._seconds[:count]
        return copy

    def packed(self) -> Sequence[Report]:
        """The reports as `Epochs`, or as a list if float columns cannot represent them exactly."""
        table = _table(self._epochs, self._seconds, self._metrics)
        return list(self) if table is None else table


def packed(reports: Sequence[Report]) -> Sequence[Report]:
    """The reports as `Epochs`, or unchanged if float columns cannot represent them exactly."""
    table = _table(
        [r.epoch for r in reports],
        [r.seconds for r in reports],
        [r.metrics for r in reports],
    )
    return reports if table is None else table


def _table(
    epochs: Sequence[int],
    seconds: Sequence[float],
    metrics: Sequence[Mapping[str, float | None]],
) -> Epochs | None:
    """The reports as one table of floats; None if it would not hold them exactly."""
    if (
        not epochs
        or set(map(type, epochs)) != {int}
        or max(map(abs, epochs)) >= _MOST_EXACT
    ):
        return None
    kinds = tuple(dict.fromkeys(map(tuple, metrics)))
    rows: list[Any] = [seconds]
    if len(kinds) == 1:
        rows += [
            bytes(len(epochs)),
            *zip(*(found.values() for found in metrics), strict=True),
        ]
    else:
        place = {kind: at for at, kind in enumerate(kinds)}
        rows.append([place[tuple(found)] for found in metrics])
        rows += [[found.get(name) for found in metrics] for name in _rows(kinds)]
    table: array[float] = array("d", epochs)
    for at, row in enumerate(rows, start=_SECONDS):
        if at == _KIND:
            table.extend(row)
            continue
        types = set(map(type, row))
        if not types <= ({float} if at == _SECONDS else {float, NoneType}):
            return None  # e.g. an integer, which would become a float
        finite = (
            row
            if NoneType not in types
            else [value for value in row if value is not None]
        )
        if math.isnan(sum(finite)):
            return None  # NaN would become None; no log has one
        table.extend(
            row
            if finite is row
            else [math.nan if value is None else value for value in row]
        )
    return Epochs(kinds, memoryview(table).cast("B").cast("d").toreadonly())


@lru_cache(maxsize=256)
def _rows(kinds: Kinds) -> dict[str, int]:
    """Metric → row of the table."""
    return {
        name: row
        for row, name in enumerate(
            dict.fromkeys(n for kind in kinds for n in kind), start=_KIND + 1
        )
    }
