"""`wilcoxon`: whether a configuration is trained on its remaining seeds and folds."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sweep.model.fault import Fault, Key
from sweep.model.parameters import Parameters
from sweep.model.trial import Goal, State, Trial
from sweep.stopping.protocol import Least
from sweep.stopping.rule import Rule
from sweep.stopping.values import better


class Wilcoxon(Rule):
    """Optuna's `WilcoxonPruner`: is a configuration worse than the best one on the runs that both
    have?

    Unlike every other rule it is asked between runs. `trial` and `rivals` stand for configurations:
    each report is one finished run, its `epoch` says which seed and fold, its value is the run's.
    The best rival is the complete one with the best mean. A one-sided signed-rank test (Wilcoxon
    1945; ties with zero are split) over the shared runs gives p; below `p_threshold` the
    configuration is given up, unless its mean so far is as good as the best one's.

    With n runs p is at least 1/2^n: four runs are needed to get below 0.1.

    Attributes:
        type: `wilcoxon`.
        p_threshold: a configuration is given up below this p-value; Optuna's default.
        n_startup_steps: runs of a configuration before it is judged, at least 2; Optuna's default.
    """

    type: Literal["wilcoxon"] = "wilcoxon"
    p_threshold: Annotated[float, Field(strict=True, gt=0, le=1)] = 0.1
    n_startup_steps: Annotated[int, Field(strict=True, ge=2)] = 2
    between_runs: ClassVar[bool] = True

    @property
    def runs_needed(self) -> int:
        """Runs of a configuration before it can be given up: with n runs p is at least 1/2^n."""
        needed = self.n_startup_steps
        while 0.5**needed >= self.p_threshold:
            needed += 1
        return needed

    def stop_reason(
        self, trial: Trial, rivals: Sequence[Trial], metric: str, goal: Goal
    ) -> str | None:
        """The mean of the best configuration on the same runs, and the p-value."""
        own = trial.curve(metric)
        best = _best(rivals, metric, goal)
        if best is None or len(own) < len(trial.reports):
            return None  # a run without a finite value says nothing certain
        shared = [run for run in own if run in best]
        differences = [own[run] - best[run] for run in shared]
        if len(shared) < self.n_startup_steps or not any(differences):
            return None
        mean, mean_of_best = (
            statistics.fmean(own.values()),
            statistics.fmean(best.values()),
        )
        if not better(mean_of_best, mean, goal):
            return None
        p = _p_value(differences, goal)
        if p >= self.p_threshold:
            return None
        on_the_same = statistics.fmean(best[run] for run in shared)
        return (
            f"{len(shared)} runs: mean {metric} {mean:.4g} is behind {on_the_same:.4g} "
            f"of the best configuration on the same runs (Wilcoxon p = {p:.2g})"
        )

    def judged(self, epochs: int | None) -> list[int] | None:
        """After no epoch."""
        return []

    def least(self) -> Least:
        """The best configuration gets all its runs.

        Any other gets as many as p below `p_threshold` takes.
        """
        return Least(whole=1, runs=self.runs_needed)

    def faults(self, parameters: Parameters, runs: int, at: Key) -> Iterator[Fault]:
        """Too few runs: after the last one there is nothing left to save."""
        needed = self.runs_needed
        if runs > needed:
            return
        p_value = f"p below {self.p_threshold:g}"
        problem = (
            f"can stop nothing: {p_value} takes {needed} runs of a configuration, of"
            f" its {runs}"
        )
        yield Fault(
            (*at, "type"),
            problem,
            f"search.folds: {needed + 1}, or so many search.seeds",
        )


def _best(rivals: Sequence[Trial], metric: str, goal: Goal) -> dict[int, float] | None:
    """Run → value of the complete rival with the best mean, the first of equals."""
    curves = [rival.curve(metric) for rival in rivals if rival.state is State.COMPLETE]
    with_values = [curve for curve in curves if curve]
    pick = max if goal == "maximize" else min
    return pick(
        with_values, key=lambda curve: statistics.fmean(curve.values()), default=None
    )


def _p_value(differences: Sequence[float], goal: Goal) -> float:
    """The probability of differences (own minus best) as bad as these by chance."""
    from scipy import stats

    worse = "less" if goal == "maximize" else "greater"
    return float(
        stats.wilcoxon(differences, alternative=worse, zero_method="zsplit").pvalue
    )
