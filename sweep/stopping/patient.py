"""`patient`: a trial may stop once it no longer improves.

It decides alone, or as a condition for another rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sweep.model.fault import Fault, Key
from sweep.model.fields import Count, NotNegative
from sweep.model.parameters import Parameters
from sweep.model.tagged_union import members_of
from sweep.model.trial import Goal, Trial
from sweep.stopping.protocol import Least, Looks
from sweep.stopping.rule import Rule, beyond_the_epochs, constant_epochs, epochs_left
from sweep.stopping.values import best_of, better, reported

if TYPE_CHECKING:
    # The registry, which also lists this rule, gives pydantic the real type.
    from sweep.stopping.protocol import StoppingRule as AnyRule


class Patient(Rule):
    """Optuna's `PatientPruner`.

    The best of the last `patience` + 1 reports is compared with the best of all earlier ones. If it
    is worse by more than `min_delta`, the trial stops, or `rule` decides if there is one. Values
    that are not finite are ignored. A rule that decides only at certain epochs (the rungs of
    `asha`) is used only if patience has run out at one of them.

    Attributes:
        type: `patient`.
        patience: a trial may stop once `patience` + 1 reports have brought no improvement.
        min_delta: how much worse than before those reports must be.
        rule: the rule that then decides; None: the trial is stopped.
        max_iter: epochs after which no trial is stopped; None: the trial's `epochs`.
    """

    type: Literal["patient"] = "patient"
    patience: Annotated[int, Field(strict=True, ge=0)] = Field(examples=[5])
    min_delta: NotNegative = 0.0
    rule: AnyRule | None = None
    max_iter: Count | None = None

    def stop_reason(
        self, trial: Trial, rivals: Sequence[Trial], metric: str, goal: Goal
    ) -> str | None:
        """That the latest reports brought no improvement, with the wrapped rule's reason."""
        reason = self._impatience(trial, metric, goal)
        if reason is None or self.rule is None:
            return reason
        wrapped = self.rule.stop_reason(trial, rivals, metric, goal)
        return None if wrapped is None else f"{wrapped}; {reason}"

    def _impatience(self, trial: Trial, metric: str, goal: Goal) -> str | None:
        """Why a trial stops, as its latest values are no better than those before; else None."""
        values = list(reported(trial, metric).values())
        latest = self.patience + 1
        if len(values) <= latest or metric not in trial.reports[-1].metrics:
            return None
        best_before = best_of(values[:-latest], goal)
        best_since = best_of(values[-latest:], goal)
        if best_before is None or best_since is None:
            return None
        sign = 1 if goal == "maximize" else -1
        tolerated = best_before - sign * self.min_delta
        if not better(tolerated, best_since, goal):
            return None
        of_latest = f"best {metric} of the last {latest} reports {best_since:.4g}"
        done = trial.epochs_done(trial.reports[-1].epoch)
        return f"epoch {done}: {of_latest}, before {best_before:.4g}"

    def may_stop(self, trial: Trial) -> bool:
        """Until `max_iter` epochs; a wrapped rule that counts reports decides that itself."""
        if self.rule is not None and self.rule.counts_reports:
            return self.rule.may_stop(trial)
        return epochs_left(trial, self.max_iter)

    def least(self) -> Least:
        """Patience runs out at report `patience` + 2 at the earliest.

        After that, every trial continues that the wrapped rule lets continue.
        """
        wrapped = Least() if self.rule is None else self.rule.least()
        epochs = max(self.patience + 2, wrapped.epochs or 0)
        return Least(whole=wrapped.whole, epochs=epochs, until=self.max_iter)

    def looks(self, longest: int) -> Looks:
        """Those of the wrapped rule."""
        return Looks() if self.rule is None else self.rule.looks(longest)

    def faults(self, parameters: Parameters, runs: int, at: Key) -> Iterator[Fault]:
        """A patience that no trial exhausts, and faults of the wrapped rule."""
        yield from beyond_the_epochs(at, parameters, max_iter=self.max_iter)
        epochs = constant_epochs(parameters)
        if epochs is not None and self.patience + 2 >= epochs:
            looks = (
                f"it can stop from epoch {self.patience + 2} on, and trials have "
                f"{epochs}"
            )
            allowed = f"at most {epochs - 3}" if epochs >= 3 else "more epochs"
            yield Fault(
                (*at, "patience"),
                f"{self.patience} can never stop a trial: {looks}",
                allowed,
            )
        if self.rule is None:
            return
        if self.rule.pauses:
            problem = f"patient cannot wrap {self.rule.type} with form: promote"
            yield Fault((*at, "rule", "form"), problem, "stop, or asha without patient")
        if self.rule.wrappable:
            yield from self.rule.faults(parameters, runs, (*at, "rule"))
        else:
            problem = f"patient cannot wrap {self.rule.type}"
            allowed = (
                f"one of: {', '.join(_wrappable())}; or no rule, so that only "
                "patience decides"
            )
            yield Fault((*at, "rule", "type"), problem, allowed)


def _wrappable() -> list[str]:
    """Names of the rules that `rule` may hold, as the registry has filled it in."""
    registered = members_of(Patient.model_fields["rule"].annotation).values()
    rules = [rule for rule in registered if issubclass(rule, Rule) and rule.wrappable]
    return [rule.model_fields["type"].default for rule in rules]
