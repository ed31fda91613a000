"""The protocol of stopping rules, which every settings class of `early_terminate` follows.

A rule is a frozen pydantic model: its fields are the keys that a study file may give, and its
methods are all that the rest of the project uses. It has no state between calls, so a resumed study
decides exactly as an uninterrupted one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from sweep.model.fault import Fault, Key
from sweep.model.parameters import Parameters
from sweep.model.trial import Goal, Trial


@dataclass(frozen=True)
class Least:
    """The fewest epochs and runs that a search trains under a rule, whatever its trials report.

    Attributes:
        whole: number of runs that cannot be stopped (configurations, for a rule between runs).
        epochs: of any other run; None: all epochs.
        runs: of any other configuration, for a rule that decides between runs; None: the rule
            decides within runs.
        until: epochs after which no run is stopped; None: a run's full budget.
    """

    whole: int = 0
    epochs: int | None = None
    runs: int | None = None
    until: int | None = None


@dataclass(frozen=True)
class Looks:
    """The epochs of a rule that a figure draws.

    Attributes:
        epochs: numbers of epochs after which the rule compares trials, ascending.
        caption: a phrase that describes these epochs.
    """

    epochs: tuple[int, ...] = ()
    caption: str = ""


class StoppingRule(Protocol):
    """A settings class for each rule, listed in `sweep.stopping.registry.RULES`."""

    @property
    def type(self) -> str:
        """The rule's name in a study file."""

    @property
    def between_runs(self) -> bool:
        """Whether it decides when a run of a configuration has ended, not at a report."""

    @property
    def wrappable(self) -> bool:
        """Whether `patient` may wrap it."""

    @property
    def counts_reports(self) -> bool:
        """Whether its epochs are numbers of reports; a trial may make several per epoch."""

    @property
    def few_complete(self) -> bool:
        """Whether most trials of a search end, or pause, long before their last epoch."""

    @property
    def pauses(self) -> bool:
        """Whether trials pause under it, and continue once they are promoted."""

    def stop_reason(
        self, trial: Trial, rivals: Sequence[Trial], metric: str, goal: Goal
    ) -> str | None:
        """Why `trial` should stop after its latest report; None: it goes on.

        Args:
            trial: with its reports.
            rivals: the other trials of its stage, in the order they were created.
            metric: by which trials are compared.
            goal: of that metric.
        """

    def pause_reason(
        self, trial: Trial, rivals: Sequence[Trial], metric: str, goal: Goal
    ) -> str | None:
        """Why `trial` should pause after its latest report; None: it goes on.

        It is asked only of a trial that is not stopped. Arguments as for `stop_reason`.
        """

    def promotable(
        self,
        trials: Sequence[Trial],
        run: tuple[int, int | None],
        metric: str,
        goal: Goal,
    ) -> tuple[int, str] | None:
        """The number of the paused trial that goes on next, and why; None if none does now.

        Args:
            trials: all of a search.
            run: seed and fold of the trials that are compared.
            metric: by which trials are compared.
            goal: of that metric.
        """

    def leader(
        self,
        trials: Sequence[Trial],
        run: tuple[int, int | None],
        metric: str,
        goal: Goal,
    ) -> tuple[int, str] | None:
        """The paused trial that goes on once a search starts no new one, and why; None: none does.

        It is asked when no trial runs and none is promotable. Arguments as for `promotable`.
        """

    def censored_at(self, trial: Trial, metric: str, goal: Goal) -> int | None:
        """The epoch up to which a sampler is shown a trial that may still pause.

        None: it is shown as one that runs.
        """

    def may_stop(self, trial: Trial) -> bool:
        """Whether `trial` may be stopped after its latest report: not after its last epoch."""

    def judged(self, epochs: int | None) -> list[int] | None:
        """Numbers of epochs after which a trial may be stopped; None: after any.

        Args:
            epochs: the trial's budget, None where it has none.
        """

    def least(self) -> Least:
        """The fewest epochs and runs that are trained under this rule."""

    def looks(self, longest: int) -> Looks:
        """What a figure draws, up to the epochs of the longest trial."""

    def notes(self) -> Iterator[str]:
        """What a reader should know before trials are trained under it."""

    def faults(self, parameters: Parameters, runs: int, at: Key) -> Iterator[Fault]:
        """What cannot be meant in this study.

        Args:
            parameters: of the study.
            runs: seeds times folds that a configuration is trained with.
            at: the rule's key in the study file.
        """
