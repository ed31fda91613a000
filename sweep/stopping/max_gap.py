"""`max_gap`: the largest allowed gap between training and validation."""

from __future__ import annotations

from collections.abc import Iterator

from sweep.model.fields import NotNegative, Text
from sweep.model.finding import Finding
from sweep.model.trial import Goal, Trial
from sweep.stopping.health_rule import HealthRule

_ADVICE = "it overfits: more augmentation, dropout or weight decay, or fewer epochs"


class MaxGap(HealthRule):
    """How much better training may be than validation, beyond which a trial overfits.

    Checked at every epoch that reports both metrics, until it is broken.

    Attributes:
        train: the metric on training data.
        val: the same metric on validation data.
        above: the largest allowed gap.
    """

    train: Text
    val: Text
    above: NotNegative

    def findings(self, trial: Trial, goal: Goal) -> Iterator[Finding]:
        """The first epoch with a larger gap."""
        validation = trial.curve(self.val)
        highest_is_best = (self.goal or goal) == "maximize"
        for epoch, train in trial.curve(self.train).items():
            if epoch not in validation:
                continue
            val = validation[epoch]
            gap = train - val if highest_is_best else val - train
            if gap <= self.above:
                continue
            values = f"{self.train} {train:.4g} against {self.val} {val:.4g}"
            problem = (
                f"{values} at epoch {trial.epochs_done(epoch)}: a gap of {gap:.4g},"
                f" above {self.above:.4g}"
            )
            yield Finding("max_gap", epoch, self.action_for(trial), problem, _ADVICE)
            return

    def metrics(self) -> dict[str, str]:
        """The metrics that are compared."""
        return {"train": self.train, "val": self.val}
