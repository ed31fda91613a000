"""What may be averaged: the complete trials behind each arm, and how arms compare over them.

Only trials in state COMPLETE that have a value at their selected epoch count. Everything that is
left out, and everything that makes two arms unlike, is named by `sweep.report.caveats`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from sweep.errors import UnknownName, UsageError
from sweep.history.history import History
from sweep.model.arm import Arm
from sweep.model.trial import Goal, State, configuration_key
from sweep.report.comparisons import Compared, compare_arms, overlap
from sweep.report.frames import metric_names, results_frame
from sweep.report.importance import Importance
from sweep.report.layout import Layout, layout_of
from sweep.report.searched import Searched, searched
from sweep.report.table import Table
from sweep.search import population
from sweep.spec import goals
from sweep.statistics.best import Best, best
from sweep.statistics.paired import Estimate, mean_interval


@dataclass(frozen=True)
class Evidence:
    """A history's ablation results, read once.

    Attributes:
        history: the study.
        metrics: the metrics the tables show; the first is the one that arms are compared on.
        confidence: of all intervals of a table together; tests reject at 1 - confidence.
        results: `results_frame` with every metric, those of `metrics` also if nothing reported them
            yet; a table may add columns of its own, and compare arms on them.
        layout: of the pages.
    """

    history: History
    metrics: tuple[str, ...]
    confidence: float
    results: pd.DataFrame
    layout: Layout = field(default_factory=Layout)

    @property
    def contrasted(self) -> tuple[str, ...]:
        """The metrics that arms are compared on together: `report.compare`, default the first."""
        wanted = self.history.spec.report.compare
        return (
            tuple(metric for metric in wanted if metric in self.metrics)
            or self.metrics[:1]
        )

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
        table, as the subsets of a Shapley design are in theirs.
        """
        return {name: arm for name, arm in self.every_arm.items() if _is_row(arm)}

    @cached_property
    def every_arm(self) -> dict[str, Arm]:
        """Name → arm, in order, with all that a path tried."""
        return {arm.name: arm for arm in self.history.arms}

    @cached_property
    def searched(self) -> list[Searched]:
        """Every configuration of the search, worked out once for all tables and figures.

        None of a population: its members copy each other, and have no configuration of their own.
        """
        if population.section(self.history.spec) is not None:
            return []
        return searched(self.history)

    @cached_property
    def importance(self) -> Importance:
        """How much of the search's variance each parameter explains."""
        return Importance(
            self.history.spec,
            [seen for seen in self.searched if seen.value is not None],
        )

    @cached_property
    def tables(self) -> dict[str, Sequence[Table]]:
        """Name → those that were built of it: what a terminal shows is not built again
        for the files.
        """
        return {}

    @cached_property
    def folds(self) -> int | None:
        """Cross-validation folds of the ablation, None without."""
        ablation = self.history.spec.ablation
        return None if ablation is None else ablation.folds

    @cached_property
    def _of_arm(self) -> dict[str, pd.DataFrame]:
        return {
            str(arm): rows for arm, rows in self.complete.groupby("arm", sort=False)
        }

    @cached_property
    def _places(self) -> dict[str, dict[tuple[int, int], int]]:
        """Arm → (seed, fold) → row of `complete`, fold -1 without cross-validation."""
        places: dict[str, dict[tuple[int, int], int]] = {}
        rows = self.complete
        keys = zip(
            rows["arm"],
            rows["seed"].astype(int),
            rows["fold"].fillna(-1).astype(int),
            strict=True,
        )
        for place, (arm, seed, fold) in enumerate(keys):
            places.setdefault(arm, {})[seed, fold] = place
        return places

    @cached_property
    def _columns(self) -> dict[str, npt.NDArray[np.float64]]:
        """Metrics of `complete` as arrays, each read once."""
        return {}

    def shared(
        self, arm: str, reference: str, metric: str
    ) -> tuple[list[tuple[int, int]], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """(seed, fold) of the runs that two arms both have with a value, fold -1 without folds;
        their trials (n, 2) and values (n, 2), arm and reference.
        """
        rows = self.complete
        if "trial" not in self._columns:
            self._columns["trial"] = rows["trial"].to_numpy(dtype=np.float64)
        if metric not in self._columns:
            self._columns[metric] = rows[metric].to_numpy(dtype=np.float64)
        mine, theirs = self._places.get(arm, {}), self._places.get(reference, {})
        pairs = [pair for pair in mine if pair in theirs]
        at = np.array([[mine[pair], theirs[pair]] for pair in pairs], dtype=np.int64)
        at = at.reshape(-1, 2)
        values = self._columns[metric][at]
        known = np.isfinite(values[:, 0]) & np.isfinite(values[:, 1])
        kept = [
            pair for pair, there in zip(pairs, known.tolist(), strict=True) if there
        ]
        return kept, self._columns["trial"][at[known]].astype(np.int64), values[known]

    def runs(self, arm: str) -> pd.DataFrame:
        """The complete rows of one arm."""
        return self._of_arm.get(arm, self.complete.iloc[:0])

    def estimate(
        self, arm: str, metric: str
    ) -> tuple[Estimate | None, tuple[int, ...]]:
        """Mean of a metric over an arm's complete runs (seeds and folds), and their
        trials; None without any.
        """
        rows = self.runs(arm)
        values = rows[metric].to_numpy(dtype=np.float64)
        known = np.isfinite(values)
        if not known.any():
            return None, ()
        trials = rows["trial"].to_numpy(dtype=np.int64)[known]
        return mean_interval(values[known], self.confidence), tuple(
            sorted(trials.tolist())
        )

    @cached_property
    def blocks(self) -> tuple[int, ...]:
        """What is paired: the planned seeds, or with cross-validation the folds."""
        ablation = self.history.spec.ablation
        if ablation is None:
            return ()
        return tuple(ablation.seeds) if self.folds is None else tuple(range(self.folds))

    def compared(
        self, pairs: Sequence[tuple[str, str]], metrics: Sequence[str] | None = None
    ) -> Compared:
        """Each (arm, reference) on each metric, default the first one, as one family."""
        return compare_arms(self, pairs, metrics or self.metrics[:1])

    def pairs(self, arm: str, reference: str, metric: str) -> pd.DataFrame:
        """One row per seed and fold that both have: `seed`, `fold`, `trial`, `trial_reference`,
        `arm`, `reference`, `difference`.
        """
        rows = self.complete
        mine, theirs = self._places.get(arm, {}), self._places.get(reference, {})
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
                "arm": values[here],
                "reference": values[there],
                "difference": values[here] - values[there],
            }
        )
        return frame.dropna(subset=["difference"])

    def best(self, metric: str) -> Best:
        """Which arms may be the best, by one-sided multiple comparisons with the best.

        `bold` is in the order of `arms`; arms of one configuration count once.
        """
        place: dict[str, int] = {}
        for arm in self.arms.values():
            place.setdefault(configuration_key(arm.config), len(place))
        values = np.full((len(self.blocks), len(place)), np.nan)
        for arm in self.arms.values():
            column = place[configuration_key(arm.config)]
            values[:, column] = self.values(arm.name, metric)
        goal = goal_of(self.history, metric)
        ratio = overlap(self, [metric])
        found = best(values, goal, confidence=self.confidence, test_to_train=ratio)
        of_arm = [place[configuration_key(arm.config)] for arm in self.arms.values()]
        return Best(tuple(found.bold[column] for column in of_arm), found.all_alike)

    def values(self, arm: str, metric: str) -> npt.NDArray[np.float64]:
        """A metric of an arm (n,), one value a row of `blocks`, NaN where there is no run.

        Seeds of one fold are averaged.
        """
        rows = self.runs(arm).dropna(subset=[metric])
        column = "seed" if self.folds is None else "fold"
        means = rows.groupby(rows[column].astype(int))[metric].mean()
        return means.reindex(self.blocks).to_numpy(dtype=np.float64)

    def same_configuration(self, arm: str, other: str) -> bool:
        """Whether two arms are one configuration under two names."""
        return configuration_key(self.every_arm[arm].config) == configuration_key(
            self.every_arm[other].config
        )

    def pair_key(self, arm: str, reference: str) -> tuple[str, str]:
        """The two configurations that are compared: what makes two comparisons one."""
        first, second = self.every_arm[arm], self.every_arm[reference]
        return configuration_key(first.config), configuration_key(second.config)


def gather(
    history: History,
    *,
    metrics: Sequence[str] | None = None,
    confidence: float | None = None,
    layout: Layout | None = None,
) -> Evidence:
    """The evidence of a history.

    Args:
        history: the study.
        metrics: default `spec.report.metrics`.
        confidence: default `spec.report.confidence`.
        layout: of the pages, default what the study file says.

    Raises:
        UnknownName: a metric that no trial reported.
        UsageError: a confidence outside (0, 1).
    """
    report = history.spec.report
    level = report.confidence if confidence is None else confidence
    if not 0 < level < 1:
        raise UsageError(
            f"confidence is {level}; it must lie between 0 and 1, such as 0.95"
        )
    wanted = (*report.compare, *report.metrics) if metrics is None else metrics
    chosen = tuple(dict.fromkeys(wanted))
    if metrics is not None:
        # what the study file asks for and no trial reported yet is a caveat, not a mistake
        reported = metric_names(history)
        for name in chosen:
            if reported and name not in reported:
                raise UnknownName("metric", name, reported)
    chosen = chosen or (history.spec.metric.name,)
    columns = tuple(dict.fromkeys((*metric_names(history, stage="ablation"), *chosen)))
    pages = layout_of(report) if layout is None else layout
    return Evidence(history, chosen, level, results_frame(history, columns), pages)


def goal_of(history: History, metric: str) -> Goal:
    """Which way is better.

    The study's goal for its own metric and for the same metric on another part of the data
    (`test/f1` for `val/f1`); otherwise by name: smaller for a loss, an error and the like, greater
    for all else. Titles carry the arrow.
    """
    return goals.goal_of(history.spec, metric)


def _is_row(arm: Arm) -> bool:
    return arm.design != "shapley" and (arm.design != "path" or arm.kept)


def arrow(history: History, metric: str) -> str:
    """`↑` where greater is better, `↓` where smaller is."""
    return "↑" if goal_of(history, metric) == "maximize" else "↓"
