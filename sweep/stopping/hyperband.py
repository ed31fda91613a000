"""`hyperband`: the rule of W&B sweeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sweep.model.cohort import ranking
from sweep.model.fault import Fault, Key
from sweep.model.fields import Count
from sweep.model.parameters import Parameters
from sweep.model.trial import Goal, Trial
from sweep.stopping.asha import Eta
from sweep.stopping.protocol import Least
from sweep.stopping.rule import Rule
from sweep.stopping.values import at_least_as_good


class Hyperband(Rule):
    """The rule of W&B sweeps (`hyperband_stop_runs` of its open-source engine).

    It decides at every report. A trial that has reported the metric often enough for a bracket is
    compared, at the last such bracket, with all trials that reached it, including itself. Its best
    value so far must be as good as the value at position n/eta, counted from 0 and from the best.
    Unlike `asha` it decides again at every report, so that later rivals can stop a trial between
    brackets. It counts reports; a trial may make several per epoch.

    Attributes:
        type: `hyperband`.
        min_iter: reports of the first bracket; the others are at min_iter · eta^k.
        max_iter: with `s`: the last bracket, from which the others are counted back.
        s: number of brackets, at max_iter / eta^k, instead of brackets from min_iter.
        eta: one of `eta` trials continues at each bracket.
        strict: whether a trial is judged by its value at the bracket, not by its best value so far.
    """

    type: Literal["hyperband"] = "hyperband"
    min_iter: Count = 1
    max_iter: Count | None = None
    s: Count | None = None
    eta: Eta | Annotated[float, Field(strict=True, gt=1)] = 3
    strict: Annotated[bool, Field(strict=True)] = False
    wrappable: ClassVar[bool] = True
    counts_reports: ClassVar[bool] = True

    def stop_reason(
        self, trial: Trial, rivals: Sequence[Trial], metric: str, goal: Goal
    ) -> str | None:
        """The bracket at which the trial is behind."""
        values = list(trial.curve(metric).values())
        reached = [
            bracket for bracket in self.brackets(len(values)) if bracket <= len(values)
        ]
        if not reached:
            return None
        bracket = reached[-1]
        others = ranking(
            rivals,
            ("bracket", metric, bracket),
            lambda rival: _value_at_bracket(rival, metric, bracket),
        )
        at_bracket = values[bracket - 1]
        ranked = others.plus(at_bracket)
        cutoff = ranked.best(int(len(ranked) / self.eta), goal)
        best = max(values) if goal == "maximize" else min(values)
        own = at_bracket if self.strict else best
        if at_least_as_good(own, cutoff, goal):
            return None
        which = metric if self.strict else f"best {metric}"
        there = f"of {len(ranked)} trials that reached it"
        return f"bracket {bracket}: {which} {own:.4g} is behind {cutoff:.4g}, {there}"

    def brackets(self, budget: int) -> list[int]:
        """Numbers of reports after which it decides, ascending.

        min_iter · eta^k up to `budget`, or with `s` the numbers max_iter / eta^k.
        """
        if self.s is None or self.max_iter is None:
            return _growing(self.min_iter, self.eta, budget)
        counted_back = [int(self.max_iter / self.eta**k) for k in range(1, self.s + 1)]
        return sorted(bracket for bracket in counted_back if bracket >= 1)

    def may_stop(self, trial: Trial) -> bool:
        """Until the trial has made as many reports as it has epochs, or trained its last one.

        With fewer reports than epochs the trainer reports some epochs only, each by its number.
        """
        made, epochs = len(trial.reports), trial.config.get("epochs")
        if not isinstance(epochs, int) or made > epochs:
            return True
        return made < epochs and trial.epochs_done(trial.reports[-1].epoch) != epochs

    def least(self) -> Least:
        """All but the leader may end at the first bracket; a report counts as an epoch."""
        return Least(
            whole=1, epochs=self.brackets(self.min_iter)[0], until=self.max_iter
        )

    def faults(self, parameters: Parameters, runs: int, at: Key) -> Iterator[Fault]:
        """Brackets that are counted back from nothing. Reports are not held against epochs."""
        if self.s is not None and self.max_iter is None:
            problem = "counts brackets back from max_iter, which is not given"
            yield Fault((*at, "s"), problem, "max_iter, or min_iter alone")


def _growing(first: int, eta: float, budget: int) -> list[int]:
    """First · eta^k up to `budget`, each cut to a whole number, as W&B does."""
    brackets = []
    bracket = float(first)
    while int(bracket) <= budget:
        brackets.append(int(bracket))
        bracket *= eta
    return list(dict.fromkeys(brackets))


def _value_at_bracket(trial: Trial, metric: str, bracket: int) -> float | None:
    """A trial's value at its bracket's report; None before that."""
    values = list(trial.curve(metric).values())
    return values[bracket - 1] if len(values) >= bracket else None
