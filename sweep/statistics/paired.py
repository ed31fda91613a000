"""Mean, interval and paired comparison of a few training runs.

Two arms are compared pair by pair: the same seed (initialisation, data order) and the same fold, so
that what the pair shares cancels in the difference. Every function here takes plain one-dimensional
samples; who is paired with whom is the caller's business.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy import special

from sweep.errors import UnknownName, UsageError

Method = Literal["permutation", "wilcoxon", "t", "corrected_t"]
PAIRED_METHODS: tuple[Method, ...] = (
    "permutation",
    "wilcoxon",
    "t",
)  # what a caller may choose for `paired_change`

FEWEST_PAIRS = 3  # below, a test or an interval of the difference says nothing worth printing
MOST_EXACT_PAIRS = 15  # all 2^15 sign patterns are tried; beyond, 9 999 random ones
RANDOM_SIGN_PATTERNS = 9_999


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean of independent values.

    Attributes:
        mean: arithmetic mean.
        sd: sample standard deviation (divisor n - 1), NaN for n = 1.
        n: how many values.
        low, high: Student-t confidence interval of the mean, NaN for n = 1.
        confidence: of the interval, in (0, 1).
    """

    mean: float
    sd: float
    n: int
    low: float
    high: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Change:
    """An arm minus its reference, over pairs.

    Attributes:
        mean, sd, n: of the differences; with `corrected_t` one difference per fold.
        low, high: confidence interval of the mean difference, NaN below `FEWEST_PAIRS` pairs.
        confidence: of the interval.
        p: two-sided p-value, None where no test was made; `note` says why.
        method: the test.
        smallest_p: the smallest p-value that the test can return with this many pairs.
        effect_size: Cohen's d_z with Hedges' correction (`effect_size`), None where it is
            undefined.
        note: what a reader must know, or "".
    """

    mean: float
    sd: float
    n: int
    low: float
    high: float
    confidence: float
    p: float | None
    method: Method
    smallest_p: float
    effect_size: float | None
    note: str = ""


def mean_interval(values: npt.ArrayLike, confidence: float = 0.95) -> Estimate:
    """Mean, standard deviation and t interval of a sample (n,) of independent values.

    Raises:
        UsageError: no values, a value that is not finite, or a confidence outside (0, 1).
    """
    sample = _sample(values, confidence)
    n, mean = len(sample), float(np.mean(sample))
    if n == 1:
        return Estimate(mean, math.nan, 1, math.nan, math.nan, confidence)
    sd = _sd(sample)
    half = _t_quantile(confidence, n - 1) * sd / math.sqrt(n)
    return Estimate(mean, sd, n, mean - half, mean + half, confidence)


def paired_change(
    differences: npt.ArrayLike,
    *,
    confidence: float = 0.95,
    method: Method = "permutation",
    seed: int = 0,
) -> Change:
    """Interval and test of independent paired differences (n,), one per seed.

    The interval is Student's t. The tests, all two-sided, of "the differences are symmetric about
    zero":

    - `permutation`: the mean under every pattern of signs, exact up to 15 pairs, then 9 999 random
      patterns drawn from `seed` (Fisher 1935; Phipson & Smyth 2010 for the random ones).
    - `wilcoxon`: the same with signed ranks in place of the differences; ties share their mean rank
      and zeros are left out, with no normal approximation (Wilcoxon 1945).
    - `t`: Student's, which also assumes that the differences are normal.

    Fewer than three pairs give no interval and no test.

    Raises:
        UnknownName: another method.
        UsageError: no differences, a value that is not finite, or a confidence outside (0, 1).
    """
    if method not in PAIRED_METHODS:
        raise UnknownName("paired test", method, PAIRED_METHODS)
    sample = _sample(differences, confidence)
    estimate = mean_interval(sample, confidence)
    n = estimate.n
    if n < FEWEST_PAIRS:
        note = f"no test: {n} paired {'run' if n == 1 else 'runs'}, a test needs at least {FEWEST_PAIRS}"
        floor = smallest_p(n, method)
        return Change(
            estimate.mean,
            estimate.sd,
            n,
            math.nan,
            math.nan,
            confidence,
            None,
            method,
            floor,
            None,
            note,
        )
    p, note = _p_value(sample, method, seed)
    return Change(
        mean=estimate.mean,
        sd=estimate.sd,
        n=n,
        low=estimate.low,
        high=estimate.high,
        confidence=confidence,
        p=p,
        method=method,
        smallest_p=smallest_p(n, method),
        effect_size=effect_size(sample),
        note=note,
    )


def corrected_change(
    differences: npt.ArrayLike, *, test_to_train: float, confidence: float = 0.95
) -> Change:
    """Interval and test of paired differences over cross-validation folds (k,), one per fold.

    Folds share training data, so their differences are correlated and a plain t-test finds changes
    that are not there. Nadeau & Bengio, "Inference for the Generalization Error", Machine Learning
    52 (2003), replace the variance of the mean, s²/k, by (1/k + n_test/n_train)·s², with k - 1
    degrees of freedom.

    Args:
        differences: arm minus reference per fold (k,); several seeds on one fold are averaged
            before.
        test_to_train: n_test / n_train, 1 / (k - 1) for k-fold cross-validation.
        confidence: of the interval.

    Raises:
        UsageError: no differences, a value that is not finite, a ratio that is not positive, or a
            confidence outside (0, 1).
    """
    sample = _sample(differences, confidence)
    if not test_to_train > 0:
        raise UsageError(
            f"n_test / n_train is {test_to_train}; it must be positive, 1 / (k - 1) for k folds"
        )
    n, mean = len(sample), float(np.mean(sample))
    sd = _sd(sample) if n > 1 else math.nan
    if n < FEWEST_PAIRS:
        note = f"no test: {n} paired {'fold' if n == 1 else 'folds'}, a test needs at least {FEWEST_PAIRS}"
        return Change(
            mean, sd, n, math.nan, math.nan, confidence, None, "corrected_t", 0.0, None, note
        )
    error = sd * math.sqrt(1 / n + test_to_train)
    half = _t_quantile(confidence, n - 1) * error
    p, note = _t_p_value(mean, error, n - 1)
    return Change(
        mean,
        sd,
        n,
        mean - half,
        mean + half,
        confidence,
        p,
        "corrected_t",
        0.0,
        effect_size(sample),
        note,
    )


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjustment over one family of tests (m,); None (no test was made) is no
    member of the family.

    Adjusted p-values below α reject with a family-wise error of at most α (Holm 1979).
    """
    tested = np.array([p for p in p_values if p is not None], dtype=np.float64)
    order = np.argsort(tested)
    # The smallest is multiplied by m, the next by m - 1, …; none may be below the one before it.
    adjusted = np.empty_like(tested)
    adjusted[order] = np.minimum(
        np.maximum.accumulate(tested[order] * np.arange(len(tested), 0, -1)), 1.0
    )
    left = iter(adjusted.tolist())
    return [None if p is None else next(left) for p in p_values]


def effect_size(differences: npt.ArrayLike) -> float | None:
    """Cohen's d_z of paired differences (n,), mean / standard deviation, times Hedges' small-sample
    correction.

    The correction is the exact J(n - 1) = Γ(ν/2) / (√(ν/2) Γ((ν - 1)/2)) (Hedges 1981). None below
    three pairs and when all differences are equal.
    """
    sample = _sample(differences, 0.95)
    if len(sample) < FEWEST_PAIRS or _sd(sample) == 0:
        return None
    return float(np.mean(sample) / _sd(sample)) * hedges_correction(len(sample) - 1)


def hedges_correction(nu: int) -> float:
    """J(ν), by which a standardised mean with ν ≥ 2 degrees of freedom is too large."""
    log_j = special.gammaln(nu / 2) - 0.5 * math.log(nu / 2) - special.gammaln((nu - 1) / 2)
    return math.exp(log_j)


def smallest_p(n: int, method: Method) -> float:
    """The smallest two-sided p-value `method` can return for n pairs: 2 / 2^n where signs are
    flipped, 0 for a t-test.

    Five pairs reach 0.0625 at best: no result of theirs is significant at 0.05, however large the
    change.
    """
    if method not in get_args(Method):
        raise UnknownName("paired test", method, get_args(Method))
    if method in ("t", "corrected_t"):
        return 0.0
    if n > MOST_EXACT_PAIRS:
        return 1 / (RANDOM_SIGN_PATTERNS + 1)
    return min(1.0, 2.0 ** (1 - n))


def _p_value(
    sample: npt.NDArray[np.float64], method: Method, seed: int
) -> tuple[float | None, str]:
    if not sample.any():
        return 1.0, ""
    if method == "permutation":
        return _sign_flip_p(sample, seed), ""
    if method == "wilcoxon":
        from scipy.stats import (
            rankdata,
        )  # `scipy.stats` takes a third of a second to load, and nothing else needs it

        moved = sample[sample != 0]
        return _sign_flip_p(np.sign(moved) * rankdata(np.abs(moved)), seed), ""
    return _t_p_value(float(np.mean(sample)), _sd(sample) / math.sqrt(len(sample)), len(sample) - 1)


def _sign_flip_p(scores: npt.NDArray[np.float64], seed: int) -> float:
    """Share of sign patterns under which the sum of scores (n,) is at least as far from zero as it
    is.

    All 2^n patterns up to `MOST_EXACT_PAIRS`; then random ones, to which the observed pattern is
    added. SciPy's permutation tests give the same, in seconds rather than milliseconds for 15
    pairs.
    """
    n = len(scores)
    if n <= MOST_EXACT_PAIRS:
        patterns = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    else:
        patterns = np.random.default_rng(seed).integers(2, size=(RANDOM_SIGN_PATTERNS, n))
    # Sums that are equal on paper may differ in their last digits.
    as_far = np.abs((2 * patterns - 1) @ scores) >= abs(scores.sum()) - 1e-12 * np.abs(scores).sum()
    extra = 0 if n <= MOST_EXACT_PAIRS else 1
    return float((as_far.sum() + extra) / (len(patterns) + extra))


def _t_p_value(mean: float, standard_error: float, df: int) -> tuple[float | None, str]:
    if standard_error == 0:
        if mean == 0:
            return 1.0, ""
        return None, "no test: all paired differences are equal, so their spread is unknown"
    return float(2 * special.stdtr(df, -abs(mean) / standard_error)), ""


def _t_quantile(confidence: float, df: int) -> float:
    return float(special.stdtrit(df, 0.5 + confidence / 2))


def _sd(sample: npt.NDArray[np.float64]) -> float:
    """Sample standard deviation; exactly 0 for values that differ by rounding only, which is no uncertainty."""
    if np.ptp(sample) <= 1e-12 * np.max(np.abs(sample)):
        return 0.0
    return float(np.std(sample, ddof=1))


def _sample(values: npt.ArrayLike, confidence: float) -> npt.NDArray[np.float64]:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or not len(sample):
        raise UsageError(
            f"a sample of shape {sample.shape} was given; a statistic needs at least one value, shape (n,)"
        )
    if not np.isfinite(sample).all():
        raise UsageError(
            f"the sample holds {np.count_nonzero(~np.isfinite(sample))} values that are not finite"
        )
    if not 0 < confidence < 1:
        raise UsageError(f"confidence is {confidence}; it must lie between 0 and 1, such as 0.95")
    return sample
