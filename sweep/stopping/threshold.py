"""`threshold`: stop a trial whose metric leaves a given range."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from sweep.model.fault import Fault, Key
from sweep.model.fields import Count, Number
from sweep.model.parameters import Parameters
from sweep.model.trial import Goal, Trial
from sweep.stopping.protocol import Least, Looks
from sweep.stopping.rule import Rule, beyond_the_epochs, epochs_left
from sweep.stopping.values import is_due, look_caption


class Threshold(Rule):
    """Optuna's `ThresholdPruner`: stop at a value below `lower`, above `upper`, or not finite.

    It judges each trial alone, and works the same way for both goals.

    Attributes:
        type: `threshold`.
        lower: a value below this stops the trial; None: no lower bound.
        upper: a value above this stops the trial; None: no upper bound.
        min_iter: epochs before the first decision.
        interval: epochs between two decisions.
        max_iter: epochs after which no trial is stopped; None: the trial's `epochs`.
    """

    type: Literal["threshold"] = "threshold"
    lower: Number | None = None
    upper: Number | None = None
    min_iter: Count = 1
    interval: Count = 1
    max_iter: Count | None = None
    wrappable: ClassVar[bool] = True

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.lower is None and self.upper is None:
            raise ValueError(
                "has neither lower nor upper; give one of them, e.g. upper: 10"
            )
        if (
            self.lower is not None
            and self.upper is not None
            and self.lower > self.upper
        ):
            raise ValueError(
                f"no value is above {self.lower:g} and below {self.upper:g}"
            )
        return self

    def stop_reason(
        self, trial: Trial, rivals: Sequence[Trial], metric: str, goal: Goal
    ) -> str | None:
        """The bound that the latest value exceeds, as a sentence; None: it exceeds none."""
        if not is_due(trial, metric, self.min_iter, self.interval):
            return None
        latest = trial.reports[-1]
        value = latest.metrics[metric]
        done = trial.epochs_done(latest.epoch)
        if value is None:
            return f"epoch {done}: {metric} is not finite"
        if self.lower is not None and value < self.lower:
            return f"epoch {done}: {metric} {value:.4g} is below {self.lower:g}"
        if self.upper is not None and value > self.upper:
            return f"epoch {done}: {metric} {value:.4g} is above {self.upper:g}"
        return None

    def may_stop(self, trial: Trial) -> bool:
        """Until `max_iter` epochs."""
        return epochs_left(trial, self.max_iter)

    def least(self) -> Least:
        """Any trial may be stopped at the first decision."""
        return Least(epochs=self.min_iter, until=self.max_iter)

    def looks(self, longest: int) -> Looks:
        """The first decision."""
        if self.min_iter > longest:
            return Looks()
        return Looks(
            (self.min_iter,), look_caption(self.type, self.min_iter, self.interval)
        )

    def faults(self, parameters: Parameters, runs: int, at: Key) -> Iterator[Fault]:
        """Violations: bounds above the epochs of every trial."""
        return beyond_the_epochs(
            at, parameters, min_iter=self.min_iter, max_iter=self.max_iter
        )
