"""Trains a configuration whose values change by epoch: one call of the trainer per stretch.

A stretch is a range of epochs with constant values. A trainer reads its configuration once. It is
therefore stopped after the last epoch of a stretch, like a trial that pauses, and called again with
the values of the next stretch; it continues from its checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweep.errors import TrialError
from sweep.model.by_epoch import change_epochs, changing, config_after
from sweep.model.epoch_numbers import budget_of, first_epoch
from sweep.model.trial import EpochReport


class Stretches:
    """The stretches of a trial's configuration, and the trial's progress in them.

    Args:
        config: values may be given by epoch.
        last_epoch: the trainer's number of the last epoch that was reported; None: there is none.
        checkpoints: SHA-256 by epoch of the checkpoints that are known.
        first: the trainer's number of its first epoch, 0 or 1; None: no report yet, and the first
            reports show it.

    Attributes:
        last_epoch, checkpoints: the current ones.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        last_epoch: int | None,
        checkpoints: Mapping[int, str],
        first: int | None = None,
    ):
        self.last_epoch = None if last_epoch in (None, -1) else last_epoch
        self.checkpoints = dict(checkpoints)
        self._config = config
        self._changes = change_epochs(config)
        self._numbers: list[int] = []  # of the first two reports of this attempt
        self._ended = False  # the last report ended a stretch, and not the trial
        self._known_first = None if self.last_epoch is None else first

    @property
    def config(self) -> dict[str, Any]:
        """The values of the next stretch."""
        if not self._changes:
            return dict(self._config)
        return config_after(self._config, self._done)

    def ends_at(self, report: EpochReport, told_to_stop: bool) -> bool:
        """Whether the trainer stops after a report: by the study's answer, or to change values.

        Raises:
            TrialError: values change, and there is no checkpoint to continue from.
        """
        self.last_epoch = report.epoch
        if len(self._numbers) < 2:
            self._numbers.append(report.epoch)
        if report.checkpoint is not None:
            self.checkpoints[report.epoch] = report.checkpoint
        self._ended = not told_to_stop and self._done in self._changes
        if self._ended and report.checkpoint is None:
            names = ", ".join(changing(self._config))
            raise TrialError(
                f"{names} change after epoch {self._done}, but the trainer saves no "
                "checkpoint to continue from: register its state with "
                "run.restore(model=model, optimizer=optimizer)"
            )
        return told_to_stop or self._ended

    def go_on(self) -> bool:
        """Whether another stretch follows."""
        ended, self._ended = self._ended, False
        return ended

    @property
    def _done(self) -> int:
        """The number of epochs trained."""
        if self.last_epoch is None:
            return 0
        return self.last_epoch + 1 - self._first

    @property
    def _first(self) -> int:
        """The trainer's number of its first epoch, 0 or 1."""
        if self._known_first is not None:
            return self._known_first
        first, *later = self._numbers or [0]
        second = later[0] if later else None
        last = self.last_epoch or 0
        return first_epoch(first, second, last, budget_of(self._config))
