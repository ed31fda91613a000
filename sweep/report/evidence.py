"""What may be averaged: the complete trials behind each arm, and how arms compare over them.

Only trials in state COMPLETE that have a value at their selected epoch count. Everything that is
left out, and everything that makes two arms unlike, is named by `sweep.report.caveats`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sweep.errors import UnknownName, UsageError
from sweep.history.history import History
from sweep.model.arm import Arm
from sweep.model.trial import Goal, State, configuration_key
from sweep.report.frames import metric_names, results_frame
from sweep.report.importance import Explained
from sweep.report.searched import Searched, searched
from sweep.report.table import Table
from sweep.statistics.paired import (
    PAIRED_METHODS,
    Change,
    Estimate,
    Method,
    corrected_change,
    holm,
    mean_interval,
    paired_change,
)

_SMALLER_IS_BETTER = re.compile(
    r"(loss|error|perplexity|rmse|mse|mae|nll|brier|ece|distance|seconds)$"
)


@dataclass(frozen=True)
class Comparison:
    """One arm against another on one metric.

    Attributes:
        arm, reference: names.
        change: arm minus reference; None when no seed and fold has both, or both are the same
            configuration.
        trials: of the arm and of the reference, those in the pairs only.
        adjusted_p: Holm's, over the family that the comparison belongs to; None without a test.
        same: both arms are the same configuration, hence the same trials.
    """

    arm: str
    reference: str
    change: Change | None
    trials: tuple[int, ...] = ()
    adjusted_p: float | None = None
    same: bool = False


@dataclass(frozen=True)
class Evidence:
    """A history's ablation results, read once.

    Attributes:
        history: the study.
        metrics: the metrics the tables show; the first is the one that arms are compared on.
        confidence: of every interval; tests reject at 1 - confidence.
        method: the paired test.
        results: `results_frame` with every metric, those of `metrics` also if nothing reported them
            yet; a table may add columns of its own, and compare arms on them.
    """

    history: History
    metrics: tuple[str, ...]
    confidence: float
    method: Method
    results: pd.DataFrame

    @cached_property
    def complete(self) -> pd.DataFrame:
        """The rows that may be averaged."""
        rows = self.results
        return rows[(rows["state"] == State.COMPLETE.value) & rows["selected"].notna()]

    @cached_property
    def arms(self) -> dict[str, Arm]:
        """Name → arm, in order: the rows of the tables. Of a path's arms, those that it went on
        from.

        The others were trained to find the way and not to be reported; they are in the path's own
        table.
        """
        return {
            name: arm for name, arm in self.every_arm.items() if arm.design != "path" or arm.kept
        }

    @cached_property
    def every_arm(self) -> dict[str, Arm]:
        """Name → arm, in order, with all that a path tried."""
        return {arm.name: arm for arm in self.history.arms}

    @cached_property
    def searched(self) -> list[Searched]:
        """Every configuration of the search, worked out once for all tables and figures."""
        return searched(self.history)

    @cached_property
    def explained(self) -> Explained:
        """What each parameter explains of the search."""
        return Explained(
            self.history.spec, [seen for seen in self.searched if seen.value is not None]
        )

    @cached_property
    def tables(self) -> dict[str, Sequence[Table]]:
        """Name → those that were built of it: what a terminal shows is not built again for the files."""
        return {}

    @cached_property
    def folds(self) -> int | None:
        """Cross-validation folds of the ablation, None without."""
        ablation = self.history.spec.ablation
        return None if ablation is None else ablation.folds

    @cached_property
    def _of_arm(self) -> dict[str, pd.DataFrame]:
        return {str(arm): rows for arm, rows in self.complete.groupby("arm", sort=False)}

    @cached_property
    def _places(self) -> dict[str, dict[tuple[int, int], int]]:
        """Arm → (seed, fold) → row of `complete`, fold -1 without cross-validation."""
        places: dict[str, dict[tuple[int, int], int]] = {}
        rows = self.complete
        keys = zip(
            rows["arm"], rows["seed"].astype(int), rows["fold"].fillna(-1).astype(int), strict=True
        )
        for place, (arm, seed, fold) in enumerate(keys):
            places.setdefault(arm, {})[seed, fold] = place
        return places

    def runs(self, arm: str) -> pd.DataFrame:
        """The complete rows of one arm."""
        return self._of_arm.get(arm, self.complete.iloc[:0])

    def estimate(self, arm: str, metric: str) -> tuple[Estimate | None, tuple[int, ...]]:
        """Mean of a metric over an arm's complete runs (seeds and folds), and their trials; None without any."""
        rows = self.runs(arm).dropna(subset=[metric])
        if rows.empty:
            return None, ()
        return mean_interval(rows[metric].to_numpy(), self.confidence), _trials(rows)

    def compare(
        self, arm: str, reference: str, metric: str, confidence: float | None = None
    ) -> Comparison:
        """Arm minus reference over the seeds and folds that both have.

        With cross-validation the seeds of one fold are averaged first and the folds' correlation is
        corrected (`corrected_change`); without, each seed is one pair (`paired_change`).
        """
        if self.same_configuration(arm, reference):
            return Comparison(arm, reference, None, same=True)
        pairs = self.pairs(arm, reference, metric)
        if pairs.empty:
            return Comparison(arm, reference, None)
        trials = tuple(
            sorted({int(t) for column in ("trial", "trial_reference") for t in pairs[column]})
        )
        level = self.confidence if confidence is None else confidence
        if self.folds is None:
            change = paired_change(
                pairs["difference"].to_numpy(), confidence=level, method=self.method
            )
        else:
            by_fold = pairs.groupby("fold")["difference"].mean().to_numpy()
            change = corrected_change(by_fold, test_to_train=1 / (self.folds - 1), confidence=level)
        return Comparison(arm, reference, change, trials)

    def pairs(self, arm: str, reference: str, metric: str) -> pd.DataFrame:
        """Columns `seed`, `fold`, `trial`, `trial_reference`, `difference`, one row per seed and fold both have."""
        rows, mine, theirs = (
            self.complete,
            self._places.get(arm, {}),
            self._places.get(reference, {}),
        )
        shared = [pair for pair in mine if pair in theirs]
        here, there = [mine[pair] for pair in shared], [theirs[pair] for pair in shared]
        values = rows[metric].to_numpy()
        trials = rows["trial"].to_numpy(dtype=np.int64)
        frame = pd.DataFrame(
            {
                "seed": rows["seed"].array[here],
                "fold": rows["fold"].array[here],
                "trial": trials[here],
                "trial_reference": trials[there],
                "difference": values[here] - values[there],
            }
        )
        return frame.dropna(subset=["difference"])

    def family(self, comparisons: Sequence[Comparison]) -> list[Comparison]:
        """The comparisons with Holm's adjusted p-values; pairs of one and the same two configurations count once."""
        keys = [self.pair_key(c) for c in comparisons]
        p_of = {
            k: c.change.p for k, c in zip(keys, comparisons, strict=True) if c.change is not None
        }
        adjusted = dict(zip(p_of, holm(list(p_of.values())), strict=True))
        return [
            Comparison(c.arm, c.reference, c.change, c.trials, adjusted.get(k), c.same)
            for k, c in zip(keys, comparisons, strict=True)
        ]

    def best(self, metric: str) -> set[str]:
        """The arm with the best mean and every arm not distinguishable from it.

        Not distinguishable: the paired interval of the difference, Bonferroni-adjusted over the
        other arms, includes zero. Empty when nothing was compared: fewer than two arms, or too few
        seeds for an interval.
        """
        means = {
            arm: e.mean for arm in self.arms if (e := self.estimate(arm, metric)[0]) is not None
        }
        if len(means) < 2:
            return set()
        pick = max if goal_of(self.history, metric) == "maximize" else min
        best = pick(means, key=lambda arm: means[arm])
        rivals = {arm for arm in means if not self.same_configuration(arm, best)}
        distinct = {configuration_key(self.arms[arm].config) for arm in rivals}
        if not distinct:
            return set()
        level = 1 - (1 - self.confidence) / len(distinct)
        chosen, compared = set(means) - rivals, False
        for arm in rivals:
            change = self.compare(arm, best, metric, level).change
            if change is None or change.low != change.low:
                continue
            compared = True
            if change.low <= 0 <= change.high:
                chosen.add(arm)
        return chosen if compared else set()

    def same_configuration(self, arm: str, other: str) -> bool:
        """Whether two arms are one configuration under two names."""
        return configuration_key(self.every_arm[arm].config) == configuration_key(
            self.every_arm[other].config
        )

    def pair_key(self, comparison: Comparison) -> tuple[str, str]:
        """The two configurations that are compared: what makes two comparisons one."""
        arm, reference = self.every_arm[comparison.arm], self.every_arm[comparison.reference]
        return configuration_key(arm.config), configuration_key(reference.config)


def gather(
    history: History,
    *,
    metrics: Sequence[str] | None = None,
    confidence: float | None = None,
    method: Method = "permutation",
) -> Evidence:
    """The evidence of a history.

    Args:
        history: the study.
        metrics: default `spec.report.metrics`.
        confidence: default `spec.report.confidence`.
        method: of the paired test over seeds.

    Raises:
        UnknownName: a metric that no trial reported, or an unknown method.
        UsageError: a confidence outside (0, 1).
    """
    if method not in PAIRED_METHODS:
        raise UnknownName("paired test", method, PAIRED_METHODS)
    level = history.spec.report.confidence if confidence is None else confidence
    if not 0 < level < 1:
        raise UsageError(f"confidence is {level}; it must lie between 0 and 1, such as 0.95")
    chosen = tuple(history.spec.report.metrics if metrics is None else metrics)
    if metrics is not None:
        # what the study file asks for and no trial reported yet is a caveat, not a mistake
        reported = metric_names(history)
        for name in chosen:
            if reported and name not in reported:
                raise UnknownName("metric", name, reported)
    chosen = chosen or (history.spec.metric.name,)
    columns = tuple(dict.fromkeys((*metric_names(history, stage="ablation"), *chosen)))
    return Evidence(history, chosen, level, method, results_frame(history, columns))


def goal_of(history: History, metric: str) -> Goal:
    """Which way is better.

    The study's goal for its own metric and for the same metric on another part of the data
    (`test/f1` for `val/f1`); otherwise by name: smaller for a loss, an error and the like, greater
    for all else. Titles carry the arrow.
    """
    own = history.spec.metric
    if metric.rpartition("/")[2] == own.name.rpartition("/")[2]:
        return own.goal
    return "minimize" if _SMALLER_IS_BETTER.search(metric) else "maximize"


def arrow(history: History, metric: str) -> str:
    """`↑` where greater is better, `↓` where smaller is."""
    return "↑" if goal_of(history, metric) == "maximize" else "↓"


def _trials(rows: pd.DataFrame) -> tuple[int, ...]:
    return tuple(sorted(int(number) for number in rows["trial"]))
