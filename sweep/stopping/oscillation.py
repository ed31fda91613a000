"""`oscillation`: the largest allowed oscillation of a curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from sweep.model.fields import Positive, Text
from sweep.model.finding import Finding
from sweep.model.trial import Goal, Trial
from sweep.stopping.health_rule import HealthRule

_ADVICE = "lower the learning rate or focal_gamma"


class Oscillation(HealthRule):
    """How much a curve may go up and down, beyond its trend.

    Attributes:
        metric: whose curve is checked.
        window: number of reports considered.
        above: mean step up and down beyond the trend, as a share of the curve's mean absolute
            value.
    """

    metric: Text
    window: Annotated[int, Field(strict=True, ge=3)] = 5
    above: Positive

    def findings(self, trial: Trial, goal: Goal) -> Iterator[Finding]:
        """The first window of reports that goes up and down too much."""
        curve = trial.curve(self.metric)
        epochs, values = list(curve), list(curve.values())
        for end in range(self.window, len(values) + 1):
            share = oscillation(values[end - self.window : end])
            if share <= self.above:
                continue
            epoch = epochs[end - 1]
            size = f"{self.metric} goes up and down by {share:.4g} of its size"
            where = (
                f"in the {self.window} reports up to epoch {trial.epochs_done(epoch)}"
            )
            problem = f"{size} {where}, above {self.above:.4g}"
            yield Finding(
                "oscillation", epoch, self.action_for(trial), problem, _ADVICE
            )
            return

    def metrics(self) -> dict[str, str]:
        """The metric whose curve is judged."""
        return {"metric": self.metric}


def oscillation(values: Sequence[float]) -> float:
    """How much a curve goes up and down beyond its trend, as a share of its size.

    (Σ|xᵢ − xᵢ₋₁| − |x_last − x_first|) / ((n − 1) · mean|x|): 0 for a monotonic curve, however
    steep; about 2a for a curve that jumps between 1 − a and 1 + a at every step. It does not depend
    on the curve's scale.

    Args:
        values: at least two, in order.
    """
    path = sum(abs(after - before) for before, after in pairwise(values))
    net = abs(values[-1] - values[0])
    size = sum(abs(value) for value in values)
    if not size:
        return 0.0
    return max(path - net, 0.0) / size * len(values) / (len(values) - 1)
