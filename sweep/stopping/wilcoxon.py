"""`wilcoxon`: give a configuration up before it is trained on all its seeds and folds."""

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
    """Optuna's `WilcoxonPruner`: test whether a configuration is worse than the best one.

    Other rules decide between epochs; this one decides between runs. Here `trial` and `rivals` are
    configurations: each report is one finished run, its `epoch` is the index of the run's seed and
    fold, and its metric is the run's value.

    The best rival is the complete configuration with the best mean. A one-sided signed-rank test
    (Wilcoxon 1945; zero differences are split) over the runs that both have gives p. Below
    `p_threshold` the configuration is given up, unless its mean is as good as the best one's.

    With n runs p is at least 1/2^n: four runs are needed to get below 0.1.

    Attributes:
        type: `wilcoxon`.
        p_threshold: a configuration is given up below this p-value; Optuna's default.
        n_startup_steps: runs of a configuration before it is tested, at least 2; Optuna's default.
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
        """A sentence with both means over the shared runs and the p-value; None: it continues."""
        values = trial.curve(metric)
        best = _best(rivals, metric, goal)
        if best is None or len(values) < len(trial.reports):
            return None  # a run without a finite value cannot be compared
        shared = [run for run in values if run in best]
        differences = [values[run] - best[run] for run in shared]
        if len(shared) < self.n_startup_steps or not any(differences):
            return None
        mean = statistics.fmean(values.values())
        best_mean = statistics.fmean(best.values())
        if not better(best_mean, mean, goal):
            return None
        p = _p_value(differences, goal)
        if p >= self.p_threshold:
            return None
        best_shared_mean = statistics.fmean(best[run] for run in shared)
        return (
            f"{len(shared)} runs: mean {metric} {mean:.4g} is behind {best_shared_mean:.4g} "
            f"of the best configuration on the same runs (Wilcoxon p = {p:.2g})"
        )

    def judged(self, epochs: int | None) -> list[int] | None:
        """No decision between epochs."""
        return []

    def least(self) -> Least:
        """The best configuration gets all its runs, any other at least `runs_needed`."""
        return Least(whole=1, runs=self.runs_needed)

    def faults(self, parameters: Parameters, runs: int, at: Key) -> Iterator[Fault]:
        """Violation: so few runs that none could be saved."""
        needed = self.runs_needed
        if runs > needed:
            return
        p_value = f"p below {self.p_threshold:g}"
        problem = (
            f"can never save a run: {p_value} needs {needed} runs of a "
            f"configuration, which has {runs}"
        )
        yield Fault(
            (*at, "type"),
            problem,
            f"search.folds: {needed + 1}, or as many search.seeds",
        )


def _best(rivals: Sequence[Trial], metric: str, goal: Goal) -> dict[int, float] | None:
    """Run → value, of the complete rival with the best mean; of equals the first."""
    curves = [rival.curve(metric) for rival in rivals if rival.state is State.COMPLETE]
    with_values = [curve for curve in curves if curve]
    best = max if goal == "maximize" else min
    return best(with_values, key=_mean, default=None)


def _mean(curve: dict[int, float]) -> float:
    return statistics.fmean(curve.values())


def _p_value(differences: Sequence[float], goal: Goal) -> float:
    """p-value of the one-sided signed-rank test; differences are the trial's minus the best's."""
    from scipy import stats

    worse = "less" if goal == "maximize" else "greater"
    return float(
        stats.wilcoxon(differences, alternative=worse, zero_method="zsplit").pvalue
    )
