"""`health:` of a study file: its rules, applied to one trial's curve. Pure.

| rule | broken when |
|---|---|
| `milestones` | the metric's best value so far is worse than expected by now |
| `max_gap` | training looks better than validation by more than `above`: overfitting |
| `oscillation` | the last `window` values go up and down, beyond their trend, by more than `above` |

A trial breaks each rule (each milestone) at most once, at the first epoch that shows it. A finding
depends on the reports only, so that a later report lists exactly the findings that the running
study printed.
"""  # noqa: E501  a table

from __future__ import annotations

from collections.abc import Iterator

from sweep.model.fault import Fault, Key
from sweep.model.fields import Section
from sweep.model.finding import Finding
from sweep.model.parameters import Parameters
from sweep.model.trial import Goal, Trial
from sweep.stopping.health_rule import HealthRule
from sweep.stopping.max_gap import MaxGap
from sweep.stopping.milestones import Milestones
from sweep.stopping.oscillation import Oscillation


class Health(Section):
    """Rules that every running trial is checked against, at each of its reports.

    Attributes:
        milestones: values that the metric should have reached by a fraction of the epochs.
        max_gap: how much better training may be than validation.
        oscillation: how much the last values may go up and down beyond their trend.
    """

    milestones: Milestones | None = None
    max_gap: MaxGap | None = None
    oscillation: Oscillation | None = None

    @property
    def rules(self) -> dict[str, HealthRule]:
        """The rules that are given, by name."""
        all_rules = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: rule for name, rule in all_rules.items() if rule is not None}

    def findings(self, trial: Trial, goal: Goal) -> list[Finding]:
        """Every rule that a trial has broken so far, in the order of the epochs.

        Args:
            trial: with its reports; its configuration's `epochs` is the budget that fractions refer
                to.
            goal: of the study's metric, for a rule without one.
        """
        broken = [f for rule in self.rules.values() for f in rule.findings(trial, goal)]
        return sorted(broken, key=lambda finding: finding.epoch)

    def may_stop(self, trial: Trial) -> bool:
        """Whether a rule is there to stop a trial of this stage, not only to warn."""
        return any(rule.action_for(trial) == "stop" for rule in self.rules.values())

    def metrics(self) -> list[tuple[Key, str]]:
        """The metrics that the rules name, each with its key in the study file."""
        return [
            (("health", name, key), metric)
            for name, rule in self.rules.items()
            for key, metric in rule.metrics().items()
        ]

    def faults(self, parameters: Parameters) -> Iterator[Fault]:
        """Settings that are invalid in this study."""
        for name, rule in self.rules.items():
            yield from rule.faults(parameters, ("health", name))
