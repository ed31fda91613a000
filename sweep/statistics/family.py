"""One procedure for the interval and the p-value of every arm in a table.

The arms of a table are one family: with 95 % confidence all intervals hold together, and the
probability of any false p-value below 0.05 in the table is below 5 %.

| paired seeds | interval and p-value from | assumes |
|---|---|---|
| 6 and more | single-step max-T by joint sign flips (`max_t`) | symmetric differences |
| 3 to 5 | Student's t: 1 − α/k intervals, Holm's p | normal differences |
| folds, resplits | the same with Nadeau and Bengio's variance | normal differences |
| fewer than 3 | none | |

Six is the fewest for 95 %: with n seeds no sign-flip p-value is below 2^(1 − n). The intervals are
not exact for few seeds. If a single arm is skewed or collapses, no method here keeps its level;
`python -m tests.simulation` prints the coverage.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import scipy  # its parts are imported when they are used

from sweep.errors import UsageError
from sweep.statistics.contrast import Contrast, Family, Method, Reason
from sweep.statistics.max_t import reference
from sweep.statistics.paired import FEWEST_PAIRS, holm
from sweep.statistics.same import same_runs

Array = npt.NDArray[np.float64]


def compare(
    arms: npt.ArrayLike,
    references: npt.ArrayLike,
    *,
    confidence: float = 0.95,
    test_to_train: float | None = None,
    flips: bool = True,
    seed: int = 0,
) -> Family:
    """Compare k arms with one reference, or each with its own, paired by row.

    A family may include several metrics: each arm and metric is a column. The same two
    configurations must not be given twice. Rows are seeds; with `test_to_train` they are splits.

    An arm that lacks a seed is compared on its own rows, while flips of common rows stay joint. An
    arm with too few pairs for a sign flip, in a family that has enough, is tested by t at its share
    α/k of the error; the others share the rest.

    Args:
        arms: (n, k), NaN where an arm has no run.
        references: (n,) or (n, k).
        confidence: of all intervals together.
        test_to_train: n_test / n_train where rows are random resplits or the disjoint folds of one
            data set, with the real sizes (Nadeau and Bengio 2003); never for one fixed test set.
        flips: False for t-tests whatever the number of seeds.
        seed: of the random sign patterns beyond 16 seeds.

    Raises:
        UsageError: shapes that do not fit, an infinite value, a confidence outside (0, 1), or a
            ratio that is not positive.
    """
    values, reference_values = _matched(arms, references)
    if not 0 < confidence < 1:
        raise UsageError(
            f"confidence is {confidence}; it must lie between 0 and 1, such as 0.95"
        )
    if test_to_train is not None and not 0 < test_to_train < math.inf:
        raise UsageError(
            f"n_test / n_train is {test_to_train}; it must be positive, 1 / (k − 1) for k folds"
        )
    differences = values - reference_values
    contrasts = [
        _described(arm, reference, test_to_train or 0.0)
        for arm, reference in zip(values.T, reference_values.T, strict=True)
    ]
    tested = [i for i, contrast in enumerate(contrasts) if contrast.reason is None]
    alpha = 1 - confidence
    flipped: list[int] = []
    if flips and test_to_train is None:
        flipped = _flippable([contrasts[i].n for i in tested], tested, alpha)
    by_t = [i for i in tested if i not in flipped]

    patterns, exact = 0, True
    if flipped:
        share = len(flipped) / len(tested)
        patterns, exact = _by_flips(
            contrasts, flipped, differences, alpha * share, share, seed
        )
    method = Method.HOLM_T if test_to_train is None else Method.CORRECTED_T
    _by_t(contrasts, by_t, alpha, len(tested), method)
    row_sets = tuple(dict.fromkeys(contrasts[i].rows for i in tested))
    return Family(tuple(contrasts), confidence, len(tested), patterns, exact, row_sets)


def fewest_for_flips(alpha: float = 0.05) -> int:
    """The fewest pairs whose sign flips can reach p ≤ α: 2^(1 − n) ≤ α; six for 0.05."""
    return math.ceil(1 - math.log2(alpha) - 1e-12)


def _matched(arms: npt.ArrayLike, references: npt.ArrayLike) -> tuple[Array, Array]:
    """The values as two matrices with the same rows; a single reference serves every arm."""
    arm_values = np.asarray(arms, dtype=np.float64)
    reference_values = np.asarray(references, dtype=np.float64)
    if reference_values.ndim == 1:
        reference_values = reference_values[:, None]
    fits = (
        arm_values.ndim == 2
        and reference_values.ndim == 2
        and len(arm_values) == len(reference_values)
    )
    if not fits or reference_values.shape[1] not in (1, arm_values.shape[1]):
        raise UsageError(
            f"arms of shape {arm_values.shape} and references of shape {reference_values.shape}; "
            "allowed: (n, k), and (n,) or (n, k), one row per seed"
        )
    infinite = np.count_nonzero(np.isinf(arm_values)) + np.count_nonzero(
        np.isinf(reference_values)
    )
    if infinite:
        raise UsageError(
            f"{infinite} values are infinite; a run without a result is NaN"
        )
    return arm_values, np.broadcast_to(reference_values, arm_values.shape)


def _described(arm: Array, reference: Array, test_to_train: float) -> Contrast:
    """Mean and spread of the differences of one column (n,), before any test."""
    differences = arm - reference
    rows = np.flatnonzero(np.isfinite(differences))
    sample = differences[rows]
    n = len(sample)
    used = tuple(rows.tolist())
    if n == 0:
        return Contrast(math.nan, math.nan, 0, reason=Reason.TOO_FEW)
    mean = float(np.mean(sample))
    if n == 1:
        return Contrast(mean, math.nan, 1, reason=Reason.TOO_FEW, rows=used)
    same = same_runs(arm[rows], reference[rows])
    size = float(np.max(np.abs(sample))) or 1.0
    # scaled, as squares of very small or large numbers under- or overflow
    sd = 0.0 if same else size * float(np.std(sample / size, ddof=1))
    error = sd * math.sqrt(1 / n + test_to_train)
    if n < FEWEST_PAIRS:
        return Contrast(mean, sd, n, error, reason=Reason.TOO_FEW, rows=used)
    if same:
        return Contrast(mean, 0.0, n, 0.0, reason=Reason.NO_SPREAD, rows=used)
    return Contrast(mean, sd, n, error, rows=used)


def _flippable(pairs: Sequence[int], columns: Sequence[int], alpha: float) -> list[int]:
    """The columns with enough pairs for a joint flip at their share of α."""
    chosen = dict(zip(columns, pairs, strict=True))
    while chosen:
        fewest = fewest_for_flips(alpha * len(chosen) / len(columns))
        enough = {column: n for column, n in chosen.items() if n >= fewest}
        if len(enough) == len(chosen):
            break
        chosen = enough
    return list(chosen)


def _by_flips(
    contrasts: list[Contrast],
    columns: Sequence[int],
    differences: Array,
    alpha: float,
    share: float,
    seed: int,
) -> tuple[int, bool]:
    """Fill in interval and p-value of the columns by sign flips.

    `alpha` is the error of these columns, a `share` of the family's.
    """
    used = differences[:, columns]
    used = used[np.isfinite(used).any(axis=1)]
    flips = reference(used, alpha, seed)
    for position, column in enumerate(columns):
        contrast = contrasts[column]
        p = min(1.0, float(flips.p[position]) / share)
        multiplier = float(flips.multipliers[position])
        half = multiplier * contrast.error
        # Rounding of the half-width must not contradict the comparison that gave p.
        if flips.scores[position] > flips.critical:
            half = min(half, math.nextafter(abs(contrast.mean), 0.0))
        else:
            half = max(half, abs(contrast.mean))
        contrasts[column] = replace(
            contrast,
            low=contrast.mean - half,
            high=contrast.mean + half,
            critical=multiplier,
            p=p,
            own_p=float(flips.own_p[position]),
            method=Method.MAX_T,
            reason=None if math.isfinite(half) else Reason.NO_INTERVAL,
        )
    return flips.patterns, flips.exact


def _by_t(
    contrasts: list[Contrast],
    columns: Sequence[int],
    alpha: float,
    tested: int,
    method: Method,
) -> None:
    """Fill in 1 − α/k intervals and Holm's p-values, k the size of the whole family."""
    own_p = [_two_sided_t(contrasts[column]) for column in columns]
    share = len(columns) / tested if tested else 1.0
    for column, raw, adjusted in zip(columns, own_p, holm(own_p), strict=True):
        contrast = contrasts[column]
        p = min(1.0, (adjusted or 0.0) / share)
        critical = -float(scipy.special.stdtrit(contrast.n - 1, alpha / tested / 2))
        half = critical * contrast.error
        if (
            raw * tested > alpha
        ):  # the single-step p-value, which agrees with the interval
            half = max(half, abs(contrast.mean))
        else:
            half = min(half, math.nextafter(abs(contrast.mean), 0.0))
        stepped = p <= alpha < raw * tested
        contrasts[column] = replace(
            contrast,
            low=contrast.mean - half,
            high=contrast.mean + half,
            critical=critical,
            p=p,
            own_p=raw,
            method=method,
            reason=Reason.STEP_DOWN if stepped else None,
        )


def _two_sided_t(contrast: Contrast) -> float:
    """The two-sided p-value of one contrast by Student's t."""
    return float(
        2 * scipy.special.stdtr(contrast.n - 1, -abs(contrast.mean) / contrast.error)
    )
