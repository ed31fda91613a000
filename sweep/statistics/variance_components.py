"""The sources of a metric's variance: split, initialisation, data order, and the rest.

Runs with separately drawn sources follow a random-effects model, y = μ + Σ_f u_f + ε, with one draw
u_f for each level of a source f; ε includes interactions and all variation that no source explains
(Bouthillier et al. 2021, "Accounting for variance in machine learning benchmarks"). Each source's
sum of squares is adjusted for all others (Henderson's method 3, 1953), so that missing trials do
not bias it; sources may be crossed or nested. A source with a negative estimate is set to 0, and
the rest is estimated without it.

With balanced designs these are the usual analysis-of-variance estimates. They are as accurate as
restricted likelihood (tests/simulation/variance_components.py: within a tenth of its errors
on Latin squares, with a sixth of the runs lost, and with one source varied at a time) without a
search.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError
from sweep.statistics.samples import Matrix, check_at_least, check_share, finite_vector

REST = "rest"  # the component that no source explains
_DRAWS = 10_000  # of the χ² variables of the intervals


@dataclass(frozen=True, slots=True)
class Component:
    """The variance that one source adds to a single run.

    Attributes:
        source: its name; `REST` for variance that no source explains.
        variance: in squared units of the metric, at least 0.
        low, high: interval, from generalised pivots (Weerahandi 1993); its coverage is not exact,
            about 95 % in simulations of balanced designs.
        share: of the sum of all components, in [0, 1]; NaN where all are 0.
        levels: number of draws of the source; for `REST` the number of runs.
        df: degrees of freedom; below 10 the interval spans an order of magnitude.
    """

    source: str
    variance: float
    low: float
    high: float
    share: float
    levels: int
    df: int


@dataclass(frozen=True, slots=True)
class _SumsOfSquares:
    """Quadratic forms of the runs: one per source, and the last of the rest.

    Attributes:
        values: (m + 1,).
        df: (m + 1,).
        coefficients: (m + 1, m + 1), so that E[values] = coefficients @ variances.
    """

    values: npt.NDArray[np.float64]
    df: npt.NDArray[np.int64]
    coefficients: Matrix


def latin_levels(levels: int, sources: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """A Latin square: a design of levels² runs that separates two or three sources.

    Each pair of levels of two sources occurs once; a full crossing of three sources would need
    levels³ runs.

    Args:
        levels: draws of each source, at least 3.
        sources: two or three names.

    Returns:
        Source → its level (0-based) in each run.

    Raises:
        UsageError: fewer than three levels, or other than two or three sources.
    """
    check_at_least(levels, 3, "the number of levels")
    if len(sources) not in (2, 3) or len(set(sources)) < len(sources):
        raise UsageError(
            f"sources {list(sources)}; a Latin square takes two or three different names"
        )
    row, column = np.divmod(np.arange(levels**2), levels)
    by_position = (row, column, (row + column) % levels)
    design = {}
    for source, level in zip(sources, by_position, strict=False):
        design[source] = tuple(level.tolist())
    return design


def variance_components(
    values: npt.ArrayLike,
    sources: Mapping[str, Sequence[Any]],
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[Component, ...]:
    """Variance that each source adds to a run, and the rest.

    Args:
        values: metric of each run (n,).
        sources: name → the level of each run (n,). Equal levels share one draw of the source. A
            nested source has different levels in each level of the source it is nested in.
        confidence: of the intervals.
        seed: of the draws behind the intervals, so that a report is reproducible.

    Returns:
        One component for each source, in the order given, then the rest.

    Raises:
        UsageError: no source, lengths that differ, a source with fewer than two levels or that the
            others determine, too few runs to estimate the rest, or a value that is not finite.
    """
    check_share(confidence, "confidence")
    sample = finite_vector(values, "the values", fewest=3)
    membership = _membership(sources, len(sample))
    sums = _sums_of_squares(sample, membership)
    by_source = _estimates(sample, membership)
    estimates = np.array([by_source.get(source, 0.0) for source in [*membership, REST]])
    low, high = _intervals(sums, confidence, np.random.default_rng(seed))
    low, high = np.minimum(low, estimates), np.maximum(high, estimates)
    total = float(estimates.sum())
    levels = [*(matrix.shape[1] for matrix in membership.values()), len(sample)]
    components = []
    for index, source in enumerate([*membership, REST]):
        components.append(
            Component(
                source=source,
                variance=float(estimates[index]),
                low=float(low[index]),
                high=float(high[index]),
                share=float(estimates[index]) / total if total > 0 else math.nan,
                levels=levels[index],
                df=int(sums.df[index]),
            )
        )
    return tuple(components)


def _estimates(
    sample: npt.NDArray[np.float64], membership: Mapping[str, Matrix]
) -> dict[str, float]:
    """Source → variance; sources with a negative estimate are left out one by one.

    The others are estimated again without them, as restricted maximum likelihood does.
    """
    kept = dict(membership)
    while kept:
        sums = _sums_of_squares(sample, kept)
        solved = np.linalg.solve(sums.coefficients, sums.values).tolist()
        estimates = dict(zip([*kept, REST], solved, strict=True))
        lowest = min(kept, key=estimates.__getitem__)
        if estimates[lowest] >= 0:
            return estimates
        del kept[lowest]
    return {REST: float(np.var(sample, ddof=1))}


def _sums_of_squares(
    sample: npt.NDArray[np.float64], membership: Mapping[str, Matrix]
) -> _SumsOfSquares:
    runs = len(sample)
    intercept = np.ones((runs, 1))
    projections = []
    for source, matrix in membership.items():
        others = [intercept]
        for other, columns in membership.items():
            if other != source and not _is_nested(columns, matrix):
                others.append(columns)
        basis = _basis(np.column_stack(others))
        adjusted = _basis(matrix - basis @ (basis.T @ matrix))
        if not adjusted.shape[1]:
            raise UsageError(
                f"the source {source!r} cannot be separated from the others: their levels "
                "determine its level in every run; draw it separately, e.g. by `latin_levels`"
            )
        projections.append(adjusted)
    full = _basis(np.column_stack([intercept, *membership.values()]))
    df_rest = runs - full.shape[1]
    if df_rest < 1:
        raise UsageError(
            f"{runs} runs for {full.shape[1]} levels are too few to estimate the rest; let runs "
            "share levels, e.g. by `latin_levels`, or add runs"
        )
    residual = sample - full @ (full.T @ sample)
    values = [float(np.sum((columns.T @ sample) ** 2)) for columns in projections]
    df = [columns.shape[1] for columns in projections]
    size = len(projections) + 1
    coefficients = np.zeros((size, size))
    for row, columns in enumerate(projections):
        for column, matrix in enumerate(membership.values()):
            coefficients[row, column] = np.sum((columns.T @ matrix) ** 2)
        coefficients[row, -1] = df[row]
    coefficients[-1, -1] = df_rest
    return _SumsOfSquares(
        np.array([*values, float(residual @ residual)]),
        np.array([*df, df_rest]),
        coefficients,
    )


def _intervals(
    sums: _SumsOfSquares, confidence: float, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Ends (m + 1,) of generalised intervals: solutions for sums of squares over χ² draws."""
    chi = rng.chisquare(sums.df, size=(_DRAWS, len(sums.df)))
    drawn = sums.df * sums.values / chi  # draws of the expected sums
    variances = np.maximum(np.linalg.solve(sums.coefficients, drawn.T), 0.0)
    tail = (1 - confidence) / 2
    low, high = np.quantile(variances, [tail, 1 - tail], axis=1)
    return low, high


def _membership(sources: Mapping[str, Sequence[Any]], runs: int) -> dict[str, Matrix]:
    """Source → (runs, levels), 1 where a run has the level."""
    if not sources or REST in sources:
        raise UsageError(
            f"sources {list(sources)}; at least one is needed, none named {REST!r}"
        )
    membership = {}
    for source, levels in sources.items():
        if len(levels) != runs:
            raise UsageError(
                f"the source {source!r} has {len(levels)} levels for {runs} runs"
            )
        distinct: dict[str, int] = {}
        codes = [distinct.setdefault(repr(level), len(distinct)) for level in levels]
        if len(distinct) < 2:
            raise UsageError(
                f"the source {source!r} has one level, {levels[0]!r}; at least 2 are needed"
            )
        membership[source] = np.eye(len(distinct))[codes]
    return membership


def _is_nested(inner: Matrix, outer: Matrix) -> bool:
    """Whether each level of the inner source is in one level of the outer, not vice versa."""
    together = (inner.T @ outer) > 0
    inside = bool((together.sum(axis=1) == 1).all())
    return inside and inner.shape[1] > outer.shape[1]


def _basis(columns: Matrix) -> Matrix:
    """Orthonormal basis (n, rank) of the columns' span."""
    left, singular, _ = np.linalg.svd(columns, full_matrices=False)
    largest = singular.max(initial=0.0)
    if (
        largest < 1e-9
    ):  # columns of 0 and 1 that are fully explained, except for rounding
        return np.asarray(left[:, :0])
    return np.asarray(left[:, singular > 1e-9 * max(1.0, largest)])
