"""Main effects and interactions of a factorial design, each as a contrast over seeds.

For each seed an effect is one number: a weighted difference of that seed's cells. Its mean over
seeds is tested against its own spread between seeds, as in a repeated-measures analysis. Intervals
from one residual pooled over all effects cover 77 to 79 % instead of 95 % if an effect varies with
the seed.

All contrasts of a design are one family of `family.compare`, which gives intervals and p-values.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy  # its parts are imported when they are used

from sweep.errors import UsageError
from sweep.statistics.contrast import Contrast, Family
from sweep.statistics.family import compare
from sweep.statistics.paired import FEWEST_PAIRS, mean_interval

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Part:
    """One contrast of an effect.

    Attributes:
        levels: for each factor of the effect, the level that is compared with the factor's first.
        contrast: mean at that level minus mean at the first; for an interaction of two factors,
            the difference of those differences. Its interval and p-value are simultaneous over the
            design.
        own_low, own_high: Student's t interval of this contrast alone, NaN without a spread.
    """

    levels: tuple[Any, ...]
    contrast: Contrast
    own_low: float
    own_high: float


@dataclass(frozen=True, slots=True)
class Effect:
    """A main effect or an interaction.

    Attributes:
        factors: one name for a main effect, several for their interaction.
        parts: one for factors of two levels; else one for each combination of later levels.
        df, df_error: degrees of freedom of the effect and of its own error, effect × seed.
        f: F of the repeated measures analysis, NaN without a spread. With several degrees of
            freedom it assumes sphericity, and no p-value is taken from it.
        partial_eta_squared: SS / (SS + SS of its own error), NaN without a spread.
        p: the smallest adjusted p-value of the parts, None without a test.
    """

    factors: tuple[str, ...]
    parts: tuple[Part, ...]
    df: int
    df_error: int
    f: float
    partial_eta_squared: float
    p: float | None


@dataclass(frozen=True, slots=True)
class Factorial:
    """The analysis of a design.

    Attributes:
        effects: main effects first, then interactions of two, three, … factors.
        family: all contrasts, in the order of the effects and their parts.
        seeds: number of seeds with a run in every cell.
        left_out: the other seeds, as given.
    """

    effects: tuple[Effect, ...]
    family: Family
    seeds: int
    left_out: tuple[Hashable, ...]


def analyse(
    levels: Mapping[str, Sequence[Any]],
    values: npt.ArrayLike,
    blocks: Sequence[Hashable],
    *,
    confidence: float = 0.95,
    test_to_train: float | None = None,
) -> Factorial:
    """Analyse a full factorial design, paired by seed.

    Args:
        levels: factor → its level in each run (n,); levels are ordered by first appearance.
        values: metric of each run (n,), finite.
        blocks: seed of each run (n,), or its fold with `test_to_train`. Runs of one block and cell
            are averaged; blocks without a run in every cell are left out.
        confidence: of all intervals together.
        test_to_train: see `family.compare`.

    Raises:
        UsageError: a factor with one level, an empty cell, no block with a run in every cell,
            lengths that differ, or a value that is not finite.
    """
    numbers, names, distinct = _coded(levels, values, blocks)
    cells, complete, left_out = _cells(numbers, distinct, blocks)
    terms: list[tuple[int, ...]] = []
    for size in range(1, len(names) + 1):
        terms += itertools.combinations(range(len(names)), size)

    sizes = [len(of_factor) for of_factor in distinct]
    weights, owners = [], []
    for term in terms:
        later_levels = [range(1, sizes[factor]) for factor in term]
        for chosen in itertools.product(*later_levels):
            level = [distinct[f][index] for f, index in zip(term, chosen, strict=True)]
            weights.append(_weights(term, chosen, sizes))
            owners.append((term, tuple(level)))
    # A difference of two means, so that equal runs are detected on the metric's own scale.
    matrix = np.array(weights).T
    upper, lower = cells @ np.maximum(matrix, 0), cells @ np.maximum(-matrix, 0)
    family = compare(upper, lower, confidence=confidence, test_to_train=test_to_train)

    parts: dict[tuple[int, ...], list[Part]] = {}
    by_contrast = zip(owners, family.contrasts, (upper - lower).T, strict=True)
    for (term, term_levels), contrast, differences in by_contrast:
        low, high = _own_interval(contrast, differences, confidence, test_to_train)
        parts.setdefault(term, []).append(Part(term_levels, contrast, low, high))
    effects = tuple(_effect(term, names, sizes, cells, parts[term]) for term in terms)
    return Factorial(effects, family, len(complete), left_out)


def _effect(
    term: tuple[int, ...],
    names: Sequence[str],
    sizes: Sequence[int],
    cells: Array,
    parts: Sequence[Part],
) -> Effect:
    """An effect with its F, from the sums of squares of its projections for every seed."""
    basis = np.ones((1, 1))
    for factor, size in enumerate(sizes):
        mean = np.full((size, 1), 1 / size**0.5)
        basis = np.kron(basis, scipy.linalg.helmert(size).T if factor in term else mean)
    projected = cells @ basis
    df = projected.shape[1]
    df_error = df * (len(cells) - 1)
    squares = len(cells) * float(np.square(projected.mean(axis=0)).sum())
    error = float(np.square(projected - projected.mean(axis=0)).sum())
    tested = [part.contrast.p for part in parts if part.contrast.p is not None]
    f = eta = math.nan
    if tested and error > 0:
        f = (squares / df) / (error / df_error)
        eta = squares / (squares + error)
    p = min(tested, default=None)
    return Effect(tuple(names[i] for i in term), tuple(parts), df, df_error, f, eta, p)


def _own_interval(
    contrast: Contrast,
    differences: Array,
    confidence: float,
    test_to_train: float | None,
) -> tuple[float, float]:
    """The interval of a change by itself, without correction for the other changes.

    NaN if the change has no p-value.
    """
    if contrast.p is None or contrast.n < FEWEST_PAIRS:
        return math.nan, math.nan
    interval = mean_interval(differences, confidence)
    wider = math.sqrt(1 + contrast.n * (test_to_train or 0.0))
    half = (interval.high - interval.low) / 2 * wider
    return contrast.mean - half, contrast.mean + half


def _weights(term: Sequence[int], chosen: Sequence[int], sizes: Sequence[int]) -> Array:
    """Weight of every cell: a product of differences, averaged over the other factors' levels."""
    weights = np.ones(1)
    level = dict(zip(term, chosen, strict=True))
    for factor, size in enumerate(sizes):
        of_factor = np.full(size, 1 / size)
        if factor in level:
            of_factor = np.zeros(size)
            of_factor[0], of_factor[level[factor]] = -1.0, 1.0
        weights = np.kron(weights, of_factor)
    return weights


def _cells(
    numbers: Sequence[tuple[int, float]],
    distinct: Sequence[Sequence[Any]],
    blocks: Sequence[Hashable],
) -> tuple[Array, list[Hashable], tuple[Hashable, ...]]:
    """Mean of each block and cell (blocks, cells), the complete blocks, and the others."""
    size = math.prod(len(of_factor) for of_factor in distinct)
    runs: dict[Hashable, dict[int, list[float]]] = {}
    for (cell, value), block in zip(numbers, blocks, strict=True):
        runs.setdefault(block, {}).setdefault(cell, []).append(value)
    filled: set[int] = set()
    for of_block in runs.values():
        filled.update(of_block)
    if len(filled) < size:
        raise UsageError(
            f"only {len(filled)} of the {size} cells of the factorial design have a run; effects "
            "are not estimable"
        )
    complete = [block for block, of_block in runs.items() if len(of_block) == size]
    if not complete:
        raise UsageError(
            f"none of {len(runs)} seeds has a run in every one of the {size} cells of the "
            "factorial design: the effects of arms and seeds cannot be separated"
        )
    means = np.empty((len(complete), size))
    for row, block in enumerate(complete):
        for cell, values in runs[block].items():
            means[row, cell] = np.mean(values)
    return means, complete, tuple(block for block in runs if block not in complete)


def _coded(
    levels: Mapping[str, Sequence[Any]],
    values: npt.ArrayLike,
    blocks: Sequence[Hashable],
) -> tuple[list[tuple[int, float]], list[str], list[list[Any]]]:
    """(cell, value) of each run, the factors' names, and the distinct levels of each."""
    metric = np.asarray(values, dtype=np.float64)
    if metric.ndim != 1 or not np.isfinite(metric).all():
        raise UsageError(
            "the values of a factorial analysis must be finite, one per run"
        )
    lengths = {len(metric), len(blocks), *map(len, levels.values())}
    if len(lengths) != 1:
        raise UsageError(
            "values, blocks and levels must name the same runs; their lengths are "
            f"{sorted(lengths)}"
        )
    if not levels:
        raise UsageError("a factorial analysis needs at least one factor of two levels")
    cells = np.zeros(len(metric), dtype=np.int_)
    distinct = []
    for factor, of_runs in levels.items():
        by_text: dict[str, Any] = {}
        for level in of_runs:
            by_text.setdefault(repr(level), level)
        if len(by_text) < 2:
            raise UsageError(
                f"factor {factor!r} has one level, {of_runs[0]!r}; an effect needs at least two"
            )
        ordered = list(by_text)
        codes = [ordered.index(repr(level)) for level in of_runs]
        cells = cells * len(ordered) + np.array(codes)
        distinct.append(list(by_text.values()))
    numbers = list(zip(cells.tolist(), metric.tolist(), strict=True))
    return numbers, list(levels), distinct
