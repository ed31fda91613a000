"""The base class of health rules: their settings and their protocol."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from sweep.model.fault import Fault, Key
from sweep.model.fields import Section
from sweep.model.finding import Finding
from sweep.model.parameters import Parameters
from sweep.model.trial import Goal, Trial

Action = Literal["warn", "stop"]


class HealthRule(Section):
    """A health rule; each subclass defines when it is broken.

    Attributes:
        goal: whether larger or smaller values of the rule's metric are better; None: the study's
            goal.
        action: for search and retune trials; `stop` ends the trial as pruned.
        ablation_action: for ablation trials; a stopped trial has no result, and its arm lacks a
            run.
    """

    goal: Goal | None = None
    action: Action = "warn"
    ablation_action: Action = "warn"

    def findings(self, trial: Trial, goal: Goal) -> Iterator[Finding]:
        """Findings where the trial's curve breaks the rule, at the first epoch that shows it.

        Args:
            trial: with its reports; its configuration's `epochs` is the budget.
            goal: of the study's metric, for a rule without one.
        """
        yield from ()

    def metrics(self) -> dict[str, str]:
        """Key of the rule → the metric that it names."""
        return {}

    def faults(self, parameters: Parameters, at: Key) -> Iterator[Fault]:
        """Settings that are invalid in this study; `at` is the rule's key in the study file."""
        yield from ()

    def action_for(self, trial: Trial) -> Action:
        """The action for a trial that breaks the rule."""
        return self.ablation_action if trial.stage == "ablation" else self.action
