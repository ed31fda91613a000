"""Records → epochs, each once and in order, as `run.report` wants them. Pure.

An epoch is reported when the study's metric was said in it. What else is said beforehand, or within
the same epoch, goes with it; epochs without the metric (validation every fifth) are not reported.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sweep.command.sources import Record
from sweep.errors import MetricMissing, TrialError, one_of
from sweep.spec.command import MetricSource

_ROUNDING = (
    1e-6  # how far a fraction of epochs may be above a whole one and still be it
)


@dataclass
class Epochs:
    """What a program has said so far.

    Attributes:
        source: how it names epochs and metrics.
        metric: the study's; None: every record is an epoch (`sweep try` without a study).
    """

    source: MetricSource
    metric: str | None
    _said: Record = field(default_factory=dict)
    _epoch: int | None = None
    _count: int = 0
    _names: dict[str, None] = field(default_factory=dict)

    def add(self, records: Iterable[Record]) -> Iterator[tuple[int, Record]]:
        """Take in what was said; the epochs that are complete with it.

        Raises:
            TrialError: an epoch below `first_epoch`, or no number.
        """
        for record in records:
            said = {
                self.source.rename.get(name, name): value
                for name, value in record.items()
            }
            named = (
                said.pop(self.source.epoch, None)
                if self.source.epoch is not None
                else None
            )
            self._names |= dict.fromkeys(said)
            epoch = self._epoch if named is None else self._index(named)
            # Without a name for epochs, the next one begins with whatever is said again once the
            # metric is known.
            again = epoch is None and not said.keys().isdisjoint(self._said)
            if epoch != self._epoch or again:
                yield from self.flush()
            self._epoch = epoch
            self._said |= said

    def flush(self) -> Iterator[tuple[int, Record]]:
        """The epoch that nothing more was said of for a while, if it has the metric."""
        if self._complete:
            epoch, said = (
                self._count if self._epoch is None else self._epoch,
                self._said,
            )
            self._said = {}
            self._count += 1
            yield epoch, said

    def missing(self, looked: str = "") -> MetricMissing:
        """Why a program that never said the metric fails; `looked`: where it was looked
        for, and what is there.
        """
        known = f"; {looked}" if looked else ""
        if not self._names:
            return MetricMissing(f"the command said no metric at all{known}")
        found = one_of(sorted(self._names), self.metric)
        return MetricMissing(
            f"the command never said the study's metric {self.metric!r}; {found}{known}"
        )

    @property
    def _complete(self) -> bool:
        return bool(self._said) if self.metric is None else self.metric in self._said

    def _index(self, named: float) -> int:
        if not math.isfinite(named):
            raise TrialError(
                f"{self.source.epoch} is {named}: not the number of an epoch"
            )
        index = math.ceil(named - _ROUNDING) - self.source.first_epoch
        if index < 0:
            raise TrialError(
                f"{self.source.epoch} is {named:g}, before the first one,"
                f" {self.source.first_epoch}: set command.metrics.first_epoch"
            )
        return index
