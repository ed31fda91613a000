"""How arms compare: one family of intervals and p-values over the arms and metrics of a table."""

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
        same: both arms are the same configuration, hence the same trials.
        trials: of the arm and of the reference, those in the pairs only.
        differences: arm minus reference, one a seed (or fold) that both have.
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
        comparisons: in the order asked for, metric by metric.
        family: the test; a pair of configurations and a metric is one member, however many names it
            has.
        test_to_train: n_test / n_train of folds or resplits that were corrected for, else None.
    """

    comparisons: tuple[Comparison, ...]
    family: Family
    test_to_train: float | None = None

    def of(self, metric: str) -> dict[str, Comparison]:
        """Arm → its comparison on a metric."""
        return {c.arm: c for c in self.comparisons if c.metric == metric}


@dataclass(frozen=True)
class Paired:
    """Values of two arms (n,), one row a planned seed or fold, NaN where either has no run."""

    arm: Array
    reference: Array
    trials: tuple[int, ...]


def compare_arms(
    evidence: Evidence,
    pairs: Sequence[tuple[str, str]],
    metrics: Sequence[str],
    confidence: float | None = None,
) -> Compared:
    """Compare each (arm, reference) on each metric, all of them one family.

    Args:
        evidence: the runs.
        pairs: names of arms.
        metrics: columns of the evidence's results, all read on the same kind of data.
        confidence: of all intervals together, default the evidence's.
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
    found = []
    for metric in metrics:
        for arm, reference in pairs:
            if evidence.same_configuration(arm, reference):
                found.append(Comparison(arm, reference, metric, same=True))
                continue
            key = (*evidence.pair_key(arm, reference), metric)
            found.append(
                _comparison(
                    arm, reference, metric, columns[key], contrasts[key], ratio or 0.0
                )
            )
    return Compared(tuple(found), tested, ratio)


def paired(evidence: Evidence, arm: str, reference: str, metric: str) -> Paired:
    """The values of two arms, row by row; the seeds that both have of a fold are averaged."""
    keys, trials, values = evidence.shared(arm, reference, metric)
    row_of = {block: row for row, block in enumerate(evidence.blocks)}
    here, there = (np.full(len(row_of), math.nan) for _ in range(2))
    by_row: dict[int, list[int]] = {}
    for at, (seed, fold) in enumerate(keys):
        block = seed if evidence.folds is None else fold
        if (row := row_of.get(block)) is not None:
            by_row.setdefault(row, []).append(at)
    for row, places in by_row.items():
        here[row], there[row] = values[places].mean(axis=0)
    return Paired(here, there, tuple(sorted(set(trials.ravel().tolist()))))


def overlap(evidence: Evidence, metrics: Sequence[str]) -> float | None:
    """n_test / n_train where runs train on overlapping parts of the data, else None.

    See `sweep.ablation.resampling`.
    """
    found = resampling(evidence.history, metrics)
    return None if found is None else found.ratio


def _matrix(columns: Sequence[Array], rows: int) -> Array:
    return np.column_stack(columns) if columns else np.empty((rows, 0))


def _comparison(
    arm: str,
    reference: str,
    metric: str,
    values: Paired,
    contrast: Contrast,
    ratio: float,
) -> Comparison:
    if contrast.n == 0:
        return Comparison(arm, reference, metric)
    used = list(contrast.rows)
    here, there = values.arm[used], values.reference[used]
    return Comparison(
        arm,
        reference,
        metric,
        contrast,
        trials=values.trials,
        differences=tuple((here - there).tolist()),
        relative=relative_change(here, there, contrast.critical, test_to_train=ratio),
    )
