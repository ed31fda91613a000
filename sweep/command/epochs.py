"""Combine records to epochs, each once and in order, as `run.report` needs them. Pure.

An epoch is reported when it has the study's metric, together with all other values of that epoch
and of earlier epochs without a report. Epochs without the metric (validation every fifth epoch) are
not reported.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sweep.command.sources import Record
from sweep.errors import MetricMissing, TrialError, one_of
from sweep.spec.command import MetricSource

# how far a fraction of epochs may be above a whole one and still be it
_ROUNDING = 1e-6


@dataclass
class Epochs:
    """The records of a program so far.

    Attributes:
        source: how the program names epochs and metrics.
        metric: the study's metric; None: every record is an epoch (`sweep try` without a study).
    """

    source: MetricSource
    metric: str | None
    _said: Record = field(default_factory=dict)
    _epoch: int | None = None
    _count: int = 0
    _names: dict[str, None] = field(default_factory=dict)

    def add(self, records: Iterable[Record]) -> Iterator[tuple[int, Record]]:
        """Add a record; return the epochs that it completes.

        Raises:
            TrialError: the epoch is below `first_epoch`, or not a number.
        """
        for record in records:
            named_values = {
                self.source.rename.get(name, name): value
                for name, value in record.items()
            }
            named = (
                named_values.pop(self.source.epoch, None)
                if self.source.epoch is not None
                else None
            )
            self._names |= dict.fromkeys(named_values)
            epoch = self._epoch if named is None else self._index(named)
            # Without a name for epochs, the next one begins with whatever is said again once the
            # metric is known.
            again = epoch is None and not named_values.keys().isdisjoint(self._said)
            if epoch != self._epoch or again:
                yield from self.flush()
            self._epoch = epoch
            self._said |= named_values

    def flush(self) -> Iterator[tuple[int, Record]]:
        """The current epoch, if it has the metric; called when no record came for a while."""
        if self._complete:
            epoch, values = (
                self._count if self._epoch is None else self._epoch,
                self._said,
            )
            self._said = {}
            self._count += 1
            yield epoch, values

    def missing(self, looked: str = "") -> MetricMissing:
        """Why a program without the metric fails; `looked`: where it was searched."""
        searched = f"; {looked}" if looked else ""
        if not self._names:
            return MetricMissing(f"the command reported no metric{searched}")
        names = one_of(sorted(self._names), self.metric)
        return MetricMissing(
            f"the command never reported the study's metric {self.metric!r}; {names}{searched}"
        )

    @property
    def _complete(self) -> bool:
        return bool(self._said) if self.metric is None else self.metric in self._said

    def _index(self, named: float) -> int:
        if not math.isfinite(named):
            raise TrialError(
                f"{self.source.epoch} is {named}, which is not an epoch number"
            )
        index = math.ceil(named - _ROUNDING) - self.source.first_epoch
        if index < 0:
            raise TrialError(
                f"{self.source.epoch} is {named:g}, below the first epoch, "
                f"{self.source.first_epoch}: set command.metrics.first_epoch"
            )
        return index
