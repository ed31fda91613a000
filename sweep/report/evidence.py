"""The results of an ablation: the runs of each arm that may be averaged, and their comparisons.

Only complete trials with a value at their selected epoch are averaged. `sweep.report.caveats` names
everything that is left out, and every difference in how two arms were run.
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
        metrics: the metrics that tables show; arms are compared on the first.
        confidence: joint confidence of all intervals of a table; tests reject at 1 - confidence.
        results: `results_frame` with every metric, including those of `metrics` that no trial has
            reported yet. A table may add columns and compare arms on them.
        layout: the page layout.
    """

    history: History
    metrics: tuple[str, ...]
    confidence: float
    results: pd.DataFrame
    layout: Layout = field(default_factory=Layout)

    @property
    def contrasted(self) -> tuple[str, ...]:
        """The metrics that arms are compared on: `report.compare`, by default the first."""
        compared = self.history.spec.report.compare
        shown = tuple(metric for metric in compared if metric in self.metrics)
        return shown or self.metrics[:1]

    @cached_property
    def complete(self) -> pd.DataFrame:
        """The rows that may be averaged."""
        rows = self.results
        is_complete = rows["state"] == State.COMPLETE.value
        return rows[is_complete & rows["selected"].notna()]

    @cached_property
    def arms(self) -> dict[str, Arm]:
        """Name → arm, in order: the rows of the tables.

        Of a path's arms only the kept ones are rows: the others were trained to choose the next
        step, and appear in the path's own table. The subsets of a Shapley design likewise appear
        in the Shapley table.
        """
        return {name: arm for name, arm in self.every_arm.items() if _is_row(arm)}

    @cached_property
    def every_arm(self) -> dict[str, Arm]:
        """Name → arm, in order, including every arm that a path tried."""
        return {arm.name: arm for arm in self.history.arms}

    @cached_property
    def searched(self) -> list[Searched]:
        """Every configuration of the search, computed once for all tables and figures.

        Empty for a population: its members copy each other and have no fixed configuration.
        """
        if population.section(self.history.spec) is not None:
            return []
        return searched(self.history)

    @cached_property
    def importance(self) -> Importance:
        """How much of the search's variance each parameter explains."""
        complete = [tried for tried in self.searched if tried.value is not None]
        return Importance(self.history.spec, complete)

    @cached_property
    def tables(self) -> dict[str, Sequence[Table]]:
        """Name → tables already built, so that files reuse what the terminal showed."""
        return {}

    @cached_property
    def folds(self) -> int | None:
        """Cross-validation folds of the ablation, None without."""
        ablation = self.history.spec.ablation
        return None if ablation is None else ablation.folds

    @cached_property
    def _rows_of_arm(self) -> dict[str, pd.DataFrame]:
        """Arm → its rows of `complete`."""
        groups = self.complete.groupby("arm", sort=False)
        return {str(arm): rows for arm, rows in groups}

    @cached_property
    def _row_of_run(self) -> dict[str, dict[tuple[int, int], int]]:
        """Arm → (seed, fold) → row of `complete`; the fold is -1 without cross-validation."""
        row_of_run: dict[str, dict[tuple[int, int], int]] = {}
        rows = self.complete
        seeds = rows["seed"].astype(int)
        folds = rows["fold"].fillna(-1).astype(int)
        runs = zip(rows["arm"], seeds, folds, strict=True)
        for row, (arm, seed, fold) in enumerate(runs):
            row_of_run.setdefault(arm, {})[seed, fold] = row
        return row_of_run

    @cached_property
    def _columns(self) -> dict[str, npt.NDArray[np.float64]]:
        """Cache: column of `complete` → its values as an array."""
        return {}

    def shared(
        self, arm: str, reference: str, metric: str
    ) -> tuple[list[tuple[int, int]], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """The n runs (seed and fold) for which both arms have a value.

        Returns:
            (seed, fold) of each run, with fold -1 without folds; the trials (n, 2) and the values
            (n, 2). Column 0 is the arm, column 1 the reference.
        """
        rows = self.complete
        if "trial" not in self._columns:
            self._columns["trial"] = rows["trial"].to_numpy(dtype=np.float64)
        if metric not in self._columns:
            self._columns[metric] = rows[metric].to_numpy(dtype=np.float64)
        runs, row_pairs = self._shared_rows(arm, reference)
        values = self._columns[metric][row_pairs]
        finite = np.isfinite(values).all(axis=1)
        kept = [runs[position] for position in np.flatnonzero(finite)]
        trials = self._columns["trial"][row_pairs[finite]].astype(np.int64)
        return kept, trials, values[finite]

    def _shared_rows(
        self, arm: str, reference: str
    ) -> tuple[list[tuple[int, int]], npt.NDArray[np.int64]]:
        """(seed, fold) of the runs that two arms both have, and their rows (n, 2) of `complete`."""
        arm_rows = self._row_of_run.get(arm, {})
        reference_rows = self._row_of_run.get(reference, {})
        shared = [run for run in arm_rows if run in reference_rows]
        row_pairs = [(arm_rows[run], reference_rows[run]) for run in shared]
        return shared, np.array(row_pairs, dtype=np.int64).reshape(-1, 2)

    def runs(self, arm: str) -> pd.DataFrame:
        """The complete rows of one arm."""
        return self._rows_of_arm.get(arm, self.complete.iloc[:0])

    def estimate(
        self, arm: str, metric: str
    ) -> tuple[Estimate | None, tuple[int, ...]]:
        """Mean of a metric over an arm's complete runs of all seeds and folds, and their trials.

        The mean is None if no run has a value.
        """
        rows = self.runs(arm)
        values = rows[metric].to_numpy(dtype=np.float64)
        finite = np.isfinite(values)
        if not finite.any():
            return None, ()
        trials = rows["trial"].to_numpy(dtype=np.int64)[finite]
        interval = mean_interval(values[finite], self.confidence)
        return interval, tuple(sorted(trials.tolist()))

    @cached_property
    def blocks(self) -> tuple[int, ...]:
        """The units of pairing: the planned seeds, or with cross-validation the folds."""
        ablation = self.history.spec.ablation
        if ablation is None:
            return ()
        if self.folds is not None:
            return tuple(range(self.folds))
        return tuple(ablation.seeds)

    def compared(
        self, pairs: Sequence[tuple[str, str]], metrics: Sequence[str] | None = None
    ) -> Compared:
        """Compare each (arm, reference) on each metric (default: the first) as one family."""
        return compare_arms(self, pairs, metrics or self.metrics[:1])

    def pairs(self, arm: str, reference: str, metric: str) -> pd.DataFrame:
        """One row per seed and fold that both arms have.

        Columns: `seed`, `fold`, `trial`, `trial_reference`, `arm`, `reference`, `difference`.
        """
        rows = self.complete
        _, row_pairs = self._shared_rows(arm, reference)
        arm_rows, reference_rows = row_pairs[:, 0], row_pairs[:, 1]
        values = rows[metric].to_numpy()
        trials = rows["trial"].to_numpy(dtype=np.int64)
        frame = pd.DataFrame(
            {
                "seed": rows["seed"].array[arm_rows],
                "fold": rows["fold"].array[arm_rows],
                "trial": trials[arm_rows],
                "trial_reference": trials[reference_rows],
                "arm": values[arm_rows],
                "reference": values[reference_rows],
                "difference": values[arm_rows] - values[reference_rows],
            }
        )
        return frame.dropna(subset=["difference"])

    def best(self, metric: str) -> Best:
        """Which arms may be the best, by one-sided multiple comparisons with the best.

        `bold` is in the order of `arms`. Arms with the same configuration count once.
        """
        keys = [configuration_key(arm.config) for arm in self.arms.values()]
        distinct = list(dict.fromkeys(keys))
        column_of = {key: column for column, key in enumerate(distinct)}
        values = np.full((len(self.blocks), len(distinct)), np.nan)
        for arm, key in zip(self.arms, keys, strict=True):
            column = column_of[key]
            values[:, column] = self.values(arm, metric)
        result = best(
            values,
            goal_of(self.history, metric),
            confidence=self.confidence,
            test_to_train=overlap(self, [metric]),
        )
        bold = tuple(result.bold[column_of[key]] for key in keys)
        return Best(bold, result.all_alike)

    def values(self, arm: str, metric: str) -> npt.NDArray[np.float64]:
        """A metric of an arm (n,), one value for each of `blocks`; NaN for a block without a run.

        With cross-validation, the seeds of a fold are averaged.
        """
        rows = self.runs(arm).dropna(subset=[metric])
        unit = "seed" if self.folds is None else "fold"
        block_of_row = rows[unit].astype(int)
        means = rows.groupby(block_of_row)[metric].mean()
        return means.reindex(self.blocks).to_numpy(dtype=np.float64)

    def same_configuration(self, arm: str, other: str) -> bool:
        """Whether two arms have the same configuration."""
        first, second = self.pair_key(arm, other)
        return first == second

    def pair_key(self, arm: str, reference: str) -> tuple[str, str]:
        """The keys of the two configurations; comparisons with equal keys are the same."""
        first = self.every_arm[arm]
        second = self.every_arm[reference]
        return configuration_key(first.config), configuration_key(second.config)


def gather(
    history: History,
    *,
    metrics: Sequence[str] | None = None,
    confidence: float | None = None,
    layout: Layout | None = None,
) -> Evidence:
    """Read the ablation results of a history.

    Args:
        history: the study.
        metrics: metrics of the tables; default: `spec.report.metrics`.
        confidence: joint confidence in (0, 1); default: `spec.report.confidence`.
        layout: the page layout; default: the study file's.

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
    if metrics is not None:
        # A metric of the study file that no trial reported yet is a caveat, not an error.
        _check_reported(history, metrics)
    requested = (*report.compare, *report.metrics) if metrics is None else metrics
    shown = tuple(dict.fromkeys(requested)) or (history.spec.metric.name,)
    reported = metric_names(history, stage="ablation")
    columns = tuple(dict.fromkeys((*reported, *shown)))
    return Evidence(
        history=history,
        metrics=shown,
        confidence=level,
        results=results_frame(history, columns),
        layout=layout_of(report) if layout is None else layout,
    )


def _check_reported(history: History, metrics: Sequence[str]) -> None:
    """Check that each metric was reported, if any was.

    Raises:
        UnknownName: one was not.
    """
    reported = metric_names(history)
    for name in metrics:
        if reported and name not in reported:
            raise UnknownName("metric", name, reported)


def goal_of(history: History, metric: str) -> Goal:
    """Whether a metric is minimised or maximised.

    The study's own metric, and the same metric on another part of the data (`test/f1` for
    `val/f1`), have the study's goal. Any other metric is judged by its name: a loss, an error and
    the like are minimised, all else is maximised. Titles show the direction as an arrow.
    """
    return goals.goal_of(history.spec, metric)


def _is_row(arm: Arm) -> bool:
    """Whether an arm is a row of the tables: no subset of Shapley, no step that was not kept."""
    if arm.design == "shapley":
        return False
    return arm.design != "path" or arm.kept


def arrow(history: History, metric: str) -> str:
    """`↑` where greater is better, `↓` where smaller is."""
    return "↑" if goal_of(history, metric) == "maximize" else "↓"
