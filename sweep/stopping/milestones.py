"""`milestones`: values that a metric must reach by given epochs."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pydantic import Field

from sweep.model.domains import Constant
from sweep.model.fault import Fault, Key
from sweep.model.fields import Number, Text
from sweep.model.finding import Finding
from sweep.model.parameters import Parameters
from sweep.model.trial import Goal, Trial
from sweep.stopping.health_rule import HealthRule
from sweep.stopping.values import at_least_as_good, best_of

_ADVICE = (
    "check the learning rate, the loss weights and the data before spending more on this "
    "configuration"
)


class Milestones(HealthRule):
    """Values that the best value so far of a metric must reach by given epochs.

    Each milestone is checked once per trial, at the first report at or after it.

    Attributes:
        metric: read at every epoch.
        at: fraction of the trial's epochs (0.2) or number of epochs (a whole number) → value.
    """

    metric: Text
    at: dict[Text, Number] = Field(min_length=1)

    def findings(self, trial: Trial, goal: Goal) -> Iterator[Finding]:
        """One finding for each missed milestone."""
        budget = _whole_number(trial.config.get("epochs"))
        for moment, expected in self.at.items():
            after = due(moment, budget)
            if after is None:
                continue
            epoch = _first_epoch_after(trial, after)
            problem = self._missed(trial, after, expected, self.goal or goal)
            if epoch is not None and problem is not None:
                rule = f"milestones {moment}"
                yield Finding(rule, epoch, self.action_for(trial), problem, _ADVICE)

    def _missed(
        self, trial: Trial, after: int, expected: float, goal: Goal
    ) -> str | None:
        curve = trial.curve(self.metric)
        last = after - 1 + trial.first_epoch
        best = best_of((value for epoch, value in curve.items() if epoch <= last), goal)
        if best is None:
            return f"no {self.metric} in {after} epochs"
        if at_least_as_good(best, expected, goal):
            return None
        return f"best {self.metric} {best:.4g} after {after} epochs, expected {expected:.4g}"

    def metrics(self) -> dict[str, str]:
        """The metric of the milestones."""
        return {"metric": self.metric}

    def faults(self, parameters: Parameters, at: Key) -> Iterator[Fault]:
        """Milestones that are not a number of epochs, or are after the last epoch."""
        domain = parameters["epochs"].domain if "epochs" in parameters else None
        epochs = _whole_number(domain.value) if isinstance(domain, Constant) else None
        for moment in self.at:
            key = (*at, "at", moment)
            try:
                after = due(moment, epochs)
            except ValueError:
                allowed = (
                    "a fraction of the epochs such as 0.2, or a whole number of epochs"
                )
                yield Fault(
                    key,
                    f"{moment!r} is neither an epoch nor a fraction of the epochs",
                    allowed,
                )
                continue
            if after is None and domain is None:
                problem = (
                    f"{moment} is a fraction of the epochs, but the study has no "
                    "parameter epochs"
                )
                yield Fault(key, problem, "a whole number of epochs")
            elif after is not None and epochs is not None and after > epochs:
                problem = f"{after} is more than the {epochs} epochs of a trial"
                yield Fault(key, problem, f"at most {epochs}")


def due(moment: str, epochs: int | None) -> int | None:
    """Number of epochs after which a milestone is due; None for a fraction of an unknown budget.

    Args:
        moment: a whole number of epochs (`"10"`), or a fraction of the budget (`"0.04"`), rounded
            up.
        epochs: the trial's budget.

    Raises:
        ValueError: `moment` is neither.
    """
    try:
        whole = int(moment)
    except ValueError:
        fraction = float(moment)
        if not 0 < fraction <= 1:
            raise ValueError(f"{moment} is not in (0, 1]") from None
        return (
            None if epochs is None else max(math.ceil(round(fraction * epochs, 9)), 1)
        )
    if whole < 1:
        raise ValueError(f"{moment} is below 1")
    return whole


def _first_epoch_after(trial: Trial, epochs: int) -> int | None:
    """The first epoch reported after that many epochs."""
    for report in trial.reports:
        if trial.epochs_done(report.epoch) >= epochs:
            return report.epoch
    return None


def _whole_number(value: object) -> int | None:
    """A value as a number of epochs; None if it is not a number."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number else None  # type: ignore[call-overload]
