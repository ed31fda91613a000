"""The states of a study's ended trials, and the best of them."""

from __future__ import annotations

import math
from collections import Counter

from sweep.ablation import variance_stage
from sweep.history.history import History
from sweep.model.cohort import Cohort
from sweep.model.trial import State, Trial
from sweep.search import trial_value


def best(history: History) -> Trial | None:
    """The completed trial with the best validation metric, the first of equals."""
    number = history.derived(_BestTrial).number
    return None if number is None else history.trials[number]


class EndedStates:
    """A view of a cohort: how its trials ended."""

    def __init__(self) -> None:
        self.states: Counter[State] = Counter()
        self._count = 0

    def update(self, cohort: Cohort) -> None:
        """Count trials that have ended since the last call."""
        for trial in cohort.ended_after(self._count):
            self.states[trial.state] += 1
            self._count += 1


class _BestTrial:
    """A view of a history: the complete trial with the best value under the current study file."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._rank = (
            -math.inf,
            0,
        )  # greater is better: the value by the goal, then -number
        self._count = 0
        self._settings: object = None

    def update(self, history: History) -> None:
        """Take in the trials that ended since the last call; anew if the study's metric changed."""
        spec = history.spec
        settings = (spec.metric, spec.report.select, spec.report.select_by)
        if settings != self._settings:
            self._settings, self._count = settings, 0
            self._rank, self.number = (-math.inf, 0), None
        sign = 1 if spec.metric.goal == "maximize" else -1
        for trial in history.cohort().ended_after(self._count):
            if trial.state is State.COMPLETE and trial.stage != variance_stage.NAME:
                rank = (sign * trial_value.value(spec, trial), -trial.number)
                if rank > self._rank:
                    self._rank, self.number = rank, trial.number
            self._count += 1
