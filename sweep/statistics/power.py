"""Power of the paired t-test, on which the power of the procedure is based (`power_of_family`)."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import scipy  # its parts are imported when they are used

from sweep.errors import UsageError


def power_of_paired_t(effect: float, pairs: int, alpha: float = 0.05) -> float:
    """Probability that a two-sided paired t-test over `pairs` seeds detects `effect` (d_z).

    `effect` is the mean of the paired differences divided by their standard deviation.

    Raises:
        UsageError: fewer than two pairs, or alpha outside (0, 1).
    """
    if pairs < 2:
        raise UsageError(f"{pairs} pairs; a paired test needs at least 2")
    return power_of_t(effect * math.sqrt(pairs), pairs - 1, alpha)


def power_of_t(shift: float, df: float, alpha: float = 0.05) -> float:
    """Probability that a two-sided t-test detects a mean of `shift` standard errors.

    The noncentral t distribution is integrated over the sample's standard deviation, as the closed
    forms of SciPy and statsmodels return NaN or a wrong value for the few degrees of freedom and
    high thresholds used here.

    Raises:
        UsageError: alpha outside (0, 1).
    """
    _check("alpha", alpha)
    # not the quantile of 1 - alpha / 2, which rounds to 1 for tiny alpha
    threshold = -float(scipy.special.stdtrit(df, alpha / 2))

    # The integrand turns where the sample's spread puts the effect at the threshold; between the
    # edges it is smooth.
    lower_tail = scipy.special.gammaincinv(df / 2, [0.001, 0.05, 0.5, 0.95, 0.999])
    upper_tail = scipy.special.gammainccinv(df / 2, [1e-14])
    spreads = np.sqrt(np.concatenate([lower_tail, upper_tail]) * 2 / df)
    edges = np.unique([0.0, abs(shift) / threshold, *spreads])
    nodes, weights = np.polynomial.legendre.leggauss(64)
    half = np.diff(edges)[:, None] / 2
    s = edges[:-1, None] + half * (nodes + 1)
    above = scipy.special.ndtr(shift - threshold * s)
    below = scipy.special.ndtr(-threshold * s - shift)
    return float(np.sum((above + below) * _density(s, df) * weights * half))


def _density(s: npt.NDArray[np.float64], df: float) -> npt.NDArray[np.float64]:
    """Density of the sample's standard deviation over the true one: χ with `df`, over √df."""
    half = df / 2
    log = (
        math.log(2)
        + half * math.log(half)
        - scipy.special.gammaln(half)
        + scipy.special.xlogy(df - 1, s)
        - half * s**2
    )
    return np.asarray(np.exp(log))


def _check(name: str, value: float) -> None:
    """Check that a probability is between 0 and 1.

    Raises:
        UsageError: it is not.
    """
    if not 0 < value < 1:
        raise UsageError(f"{name} is {value}; it must lie between 0 and 1")
