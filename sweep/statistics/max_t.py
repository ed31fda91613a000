"""The joint sign-flip distribution of the largest studentised difference.

If an arm does not differ from its reference, the signs of its paired differences are arbitrary. A
seed's signs are flipped for all arms together, so that the reference distribution keeps the
correlation between arms. Westfall and Young (1993), "Resampling-Based Multiple Testing";
Romano and Wolf (2005), "Exact and approximate stepdown methods for multiple hypothesis testing".

The statistic is r = |Σ d| / √(n Σ d²), which lies in [0, 1]. It grows with Student's
t = r √(n − 1) / √(1 − r²), and, unlike t, it is finite when every difference is the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import scipy  # its parts are imported when they are used

Array = npt.NDArray[np.float64]

# up to here all patterns of signs are tried, 2^15 up to a global sign
MOST_EXACT_SEEDS = 16
# with more seeds; with the observed one, as many as for 16 seeds
RANDOM_PATTERNS = 32_767
TIE = 1e-9  # statistics this close count as equal, as sums differ by rounding
LOG_TIE = 1e-6  # the same for −log p, which amplifies rounding where r is close to 1
LARGEST_R = 1 - 1e-9  # from here on t is infinite: the differences have no spread


@dataclass(frozen=True, slots=True)
class Reference:
    """The null distribution of k statistics under joint flips of the signs of whole rows.

    Attributes:
        scores: observed scores (k,); greater is further from zero.
        p: single-step adjusted p-values (k,).
        own_p: unadjusted p-value of each difference (k,).
        critical: score that a difference must exceed to be significant.
        multipliers: critical values of |t| (k,), inf where no finite interval exists.
        patterns: number of sign patterns tried, up to a global sign.
        exact: whether all patterns were tried.
    """

    scores: Array
    p: Array
    own_p: Array
    critical: float
    multipliers: Array
    patterns: int
    exact: bool


def reference(differences: Array, alpha: float, seed: int = 0) -> Reference:
    """Test k columns of paired differences (n, k) together; NaN marks a missing pair.

    Every column needs a spread. If columns have different rows, the flips of common rows stay
    joint, and a statistic is measured by the p-value of Student's t with its own degrees of
    freedom. On the scale of t, a column with few rows would determine the critical value of all
    (Beran 1988, "Balanced simultaneous confidence sets").

    The critical score is the (⌊αB⌋ + 1)-th largest of the B maxima, compared with a tolerance, so
    that p ≤ α exactly where a statistic exceeds the critical value.

    Args:
        differences: (n, k), finite or NaN.
        alpha: family-wise error.
        seed: of the random patterns beyond `MOST_EXACT_SEEDS` rows.
    """
    present = np.isfinite(differences)
    counts = present.sum(axis=0)
    filled = np.where(present, differences, 0.0)
    filled = filled / np.abs(filled).max(axis=0)  # squares of tiny numbers vanish
    patterns = sign_patterns(len(differences), seed)
    r = flipped_r(filled, counts, patterns)
    balanced = len(np.unique(counts)) > 1
    flipped = _log_score(r, counts) if balanced else r
    tie = LOG_TIE if balanced else TIE

    maxima = flipped.max(axis=1)
    observed = flipped[0]  # the first pattern flips nothing
    p = (maxima[:, None] >= observed - tie).mean(axis=0)
    own_p = (flipped >= observed - tie).mean(axis=0)
    critical = _critical(maxima, alpha) + tie
    multipliers = _multipliers(critical, counts, balanced)
    exact = len(differences) <= MOST_EXACT_SEEDS
    return Reference(observed, p, own_p, critical, multipliers, len(patterns), exact)


@lru_cache(maxsize=4)
def sign_patterns(rows: int, seed: int = 0) -> Array:
    """Patterns of signs (B, rows), the first all positive; each also represents its negative.

    The statistics are symmetric in sign, so half of the 2^rows patterns are enough. Random patterns
    include the observed one (Phipson and Smyth 2010).
    """
    if rows <= MOST_EXACT_SEEDS:
        bits = (np.arange(2 ** (rows - 1))[:, None] >> np.arange(rows - 1)) & 1
        free = 1.0 - 2.0 * bits
        return np.hstack([np.ones((len(free), 1)), free])
    generator = np.random.default_rng(seed)
    drawn = generator.integers(2, size=(RANDOM_PATTERNS, rows))
    return np.vstack([np.ones((1, rows)), 1.0 - 2.0 * drawn])


def flipped_r(filled: Array, counts: npt.NDArray[np.int_], patterns: Array) -> Array:
    """The statistic r (B, k) of each column (n, k) under each pattern (B, n).

    Missing pairs are 0 in `filled`.
    """
    sums: Array = np.abs(patterns @ filled)
    norms = np.sqrt(counts * np.square(filled).sum(axis=0))
    return np.asarray(np.minimum(sums / norms, 1.0))


def largest_rejected(patterns: int, alpha: float) -> int:
    """The number of patterns that may be as extreme as a significant one: ⌊αB⌋."""
    return math.floor(alpha * patterns + 1e-9)


def t_of_r(r: npt.ArrayLike, counts: npt.ArrayLike) -> Array:
    """Student's |t| of the statistic r over n pairs; inf where the differences have no spread."""
    statistic, n = np.asarray(r, dtype=np.float64), np.asarray(counts)
    spread = 1 - np.square(np.minimum(statistic, LARGEST_R))
    t = statistic * np.sqrt((n - 1) / spread)
    return np.asarray(np.where(statistic >= LARGEST_R, np.inf, t))


def _log_score(r: Array, counts: npt.NDArray[np.int_]) -> Array:
    """−log of the two-sided p-value of t, which can be compared between different n."""
    t = t_of_r(np.minimum(r, 1 - 1e-8), counts)
    return np.asarray(-np.log(2 * scipy.special.stdtr(counts - 1, -t)))


def _critical(maxima: Array, alpha: float) -> float:
    """The (⌊αB⌋ + 1)-th largest of the maxima."""
    position = len(maxima) - 1 - largest_rejected(len(maxima), alpha)
    return float(np.partition(maxima, position)[position])


def _multipliers(
    critical: float, counts: npt.NDArray[np.int_], balanced: bool
) -> Array:
    """The critical |t| of each column."""
    if not balanced:
        return t_of_r(np.full(len(counts), critical), counts)
    t = -scipy.special.stdtrit(counts - 1, math.exp(-critical) / 2)
    finite = t < t_of_r(1 - 1e-8, counts) * (1 - 1e-6)
    return np.where(finite, t, np.inf)
