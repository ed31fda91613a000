"""Comparisons of arms: one family of intervals and p-values over a table's arms and metrics."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sweep.ablation.resampling import resampling
from sweep.statistics import family
from sweep.statistics.contrast import Contrast, Family
from sweep.statistics.ratio import RelativeChange, relative_change

if TYPE_CHECKING:
    from sweep.report.evidence import Evidence

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """One arm against another on one metric.

    Attributes:
        arm, reference, metric: names.
        contrast: arm minus reference; None where no seed and fold has both, or where both are the
            same configuration.
        same: both arms are the same configuration and hence the same trials.
        trials: the paired trials of the arm and of the reference.
        differences: arm minus reference, one per seed (or fold) that both have.
        relative: the change as a share of the reference's mean.
    """

    arm: str
    reference: str
    metric: str
    contrast: Contrast | None = None
    same: bool = False
    trials: tuple[int, ...] = ()
    differences: tuple[float, ...] = ()
    relative: RelativeChange | None = None


@dataclass(frozen=True)
class Compared:
    """Comparisons that were tested together.

    Attributes:
        comparisons: metric by metric, in the order of the request.
        family: the test. One member is a pair of configurations and a metric, however many names
            the pair has.
        test_to_train: n_test / n_train where overlapping training sets were corrected for, else
            None.
    """

    comparisons: tuple[Comparison, ...]
    family: Family
    test_to_train: float | None = None

    def of(self, metric: str) -> dict[str, Comparison]:
        """Arm → its comparison on a metric."""
        return {c.arm: c for c in self.comparisons if c.metric == metric}


@dataclass(frozen=True)
class Paired:
    """Values of two arms (n,), one per planned seed or fold, NaN where either has no run."""

    arm: Array
    reference: Array
    trials: tuple[int, ...]


def compare_arms(
    evidence: Evidence,
    pairs: Sequence[tuple[str, str]],
    metrics: Sequence[str],
    confidence: float | None = None,
) -> Compared:
    """Compare each (arm, reference) on each metric, all as one family.

    Args:
        evidence: the runs.
        pairs: names of arms, (arm, reference).
        metrics: columns of the evidence's results, all read on the same kind of data.
        confidence: of all intervals together; by default the evidence's.
    """
    columns: dict[tuple[str, str, str], Paired] = {}
    for metric in metrics:
        for arm, reference in pairs:
            if not evidence.same_configuration(arm, reference):
                key = (*evidence.pair_key(arm, reference), metric)
                if key not in columns:
                    columns[key] = paired(evidence, arm, reference, metric)
    ratio = overlap(evidence, metrics)
    rows = len(evidence.blocks)
    tested = family.compare(
        _matrix([column.arm for column in columns.values()], rows),
        _matrix([column.reference for column in columns.values()], rows),
        confidence=evidence.confidence if confidence is None else confidence,
        test_to_train=ratio,
    )
    contrasts = dict(zip(columns, tested.contrasts, strict=True))
    comparisons = []
    for metric in metrics:
        for arm, reference in pairs:
            if evidence.same_configuration(arm, reference):
                comparisons.append(Comparison(arm, reference, metric, same=True))
                continue
            key = (*evidence.pair_key(arm, reference), metric)
            comparisons.append(
                _comparison(
                    arm, reference, metric, columns[key], contrasts[key], ratio or 0.0
                )
            )
    return Compared(tuple(comparisons), tested, ratio)


def paired(evidence: Evidence, arm: str, reference: str, metric: str) -> Paired:
    """The values of two arms, block by block; the shared seeds of a fold are averaged."""
    keys, trials, values = evidence.shared(arm, reference, metric)
    row_of = {block: row for row, block in enumerate(evidence.blocks)}
    pairs_of_row: dict[int, list[int]] = {}
    for pair, (seed, fold) in enumerate(keys):
        block = seed if evidence.folds is None else fold
        if (row := row_of.get(block)) is not None:
            pairs_of_row.setdefault(row, []).append(pair)
    means = np.full((len(row_of), 2), math.nan)
    for row, pairs in pairs_of_row.items():
        means[row] = values[pairs].mean(axis=0)
    paired_trials = tuple(sorted(set(trials.ravel().tolist())))
    return Paired(means[:, 0], means[:, 1], paired_trials)


def overlap(evidence: Evidence, metrics: Sequence[str]) -> float | None:
    """n_test / n_train where training sets of runs overlap, else None.

    See `sweep.ablation.resampling`.
    """
    scheme = resampling(evidence.history, metrics)
    return None if scheme is None else scheme.ratio


def _matrix(columns: Sequence[Array], rows: int) -> Array:
    """Columns as a matrix, which has the right number of rows also without columns."""
    return np.column_stack(columns) if columns else np.empty((rows, 0))


def _comparison(
    arm: str,
    reference: str,
    metric: str,
    values: Paired,
    contrast: Contrast,
    ratio: float,
) -> Comparison:
    """One comparison, with the values of the runs that both arms have."""
    if contrast.n == 0:
        return Comparison(arm, reference, metric)
    rows = list(contrast.rows)
    arm_values, reference_values = values.arm[rows], values.reference[rows]
    return Comparison(
        arm,
        reference,
        metric,
        contrast,
        trials=values.trials,
        differences=tuple((arm_values - reference_values).tolist()),
        relative=relative_change(
            arm_values, reference_values, contrast.critical, test_to_train=ratio
        ),
    )
