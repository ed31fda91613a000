"""The result of comparing two arms: interval and p-value, or the reason for having none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from sweep.statistics.paired import FEWEST_PAIRS, hedges_correction


class Method(StrEnum):
    """How an interval and a p-value are computed."""

    MAX_T = "max_t"
    HOLM_T = "holm_t"
    CORRECTED_T = "corrected_t"

    @property
    def assumes_normal(self) -> bool:
        """Whether the differences must be normal; `max_t` only needs symmetry."""
        return self is not Method.MAX_T


class Reason(StrEnum):
    """Why a difference has no p-value or no interval, or why the two disagree."""

    TOO_FEW = "too_few"  # fewer than three pairs
    # all paired differences are equal, so chance cannot be measured
    NO_SPREAD = "no_spread"
    NO_INTERVAL = "no_interval"  # p, but no finite interval: too many equal differences
    STEP_DOWN = "step_down"  # Holm's p is significant, the wider interval includes 0


@dataclass(frozen=True, slots=True)
class Contrast:
    """An arm minus its reference over the seeds that both have.

    Attributes:
        mean, sd, n: of the paired differences; sd is exactly 0 where they agree, NaN for n = 1.
        error: standard error of the mean.
        low, high: simultaneous interval; NaN without a test, infinite with `Reason.NO_INTERVAL`.
        critical: `mean ± critical · error` is the interval; NaN without a test.
        p: two-sided p-value adjusted over the family; None without a test.
        own_p: unadjusted p-value of this difference; None without a test.
        method: None without a test.
        reason: see `Reason`.
        rows: positions of the seeds used.
    """

    mean: float
    sd: float
    n: int
    error: float = math.nan
    low: float = math.nan
    high: float = math.nan
    critical: float = math.nan
    p: float | None = None
    own_p: float | None = None
    method: Method | None = None
    reason: Reason | None = None
    rows: tuple[int, ...] = ()

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.low > 0 or self.high < 0

    @property
    def effect_size(self) -> float | None:
        """Cohen's d_z with Hedges' correction, None without a spread or below three pairs."""
        if self.n < FEWEST_PAIRS or not self.sd > 0:
            return None
        return self.mean / self.sd * hedges_correction(self.n - 1)


@dataclass(frozen=True, slots=True)
class Family:
    """All comparisons of a table.

    Attributes:
        contrasts: in the order of the columns given.
        confidence: of all intervals together.
        tested: k, the number with a p-value.
        patterns: number of sign patterns tried, up to a global sign; 0 without flips.
        exact: whether all patterns were tried; True without flips.
        row_sets: the distinct sets of rows of the tested contrasts; more than one where an arm
            lacks a seed.
    """

    contrasts: tuple[Contrast, ...]
    confidence: float
    tested: int
    patterns: int
    exact: bool
    row_sets: tuple[tuple[int, ...], ...]
