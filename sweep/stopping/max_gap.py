"""`max_gap`: by how much training may look better than validation."""

from __future__ import annotations

from collections.abc import Iterator

from sweep.model.fields import NotNegative, Text
from sweep.model.finding import Finding
from sweep.model.trial import Goal, Trial
from sweep.stopping.health_rule import HealthRule

_ADVICE = "it overfits: more augmentation, dropout or weight decay, or fewer epochs"


class MaxGap(HealthRule):
    """By how much training may look better than validation before it is called overfitting.

    Judged until it is broken once, at every epoch that reports both metrics.

    Attributes:
        train: the metric on training data.
        val: the same metric on validation data.
        above: the largest gap that is allowed.
    """

    train: Text
    val: Text
    above: NotNegative

    def findings(self, trial: Trial, goal: Goal) -> Iterator[Finding]:
        """The first epoch with a larger gap."""
        validation = trial.curve(self.val)
        highest_is_best = (self.goal or goal) == "maximize"
        for epoch, trained in trial.curve(self.train).items():
            if epoch not in validation:
                continue
            validated = validation[epoch]
            gap = trained - validated if highest_is_best else validated - trained
            if gap <= self.above:
                continue
            values = f"{self.train} {trained:.4g} against {self.val} {validated:.4g}"
            problem = (
                f"{values} at epoch {trial.epochs_done(epoch)}: a gap of {gap:.4g},"
                f" above {self.above:.4g}"
            )
            yield Finding("max_gap", epoch, self.action_for(trial), problem, _ADVICE)
            return

    def metrics(self) -> dict[str, str]:
        """The metrics that are compared."""
        return {"train": self.train, "val": self.val}
