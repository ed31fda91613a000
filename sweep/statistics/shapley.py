"""The Shapley value of each component, from runs with every subset of components.

A component's Shapley value is its mean contribution over all orders in which components could have
been added (Shapley 1953). Unlike the steps of a ladder it does not depend on an order, and the
values add up to full minus baseline. It is a linear contrast of the runs of one seed, so that each
seed gives one value and a t interval over seeds is valid. Residuals pooled over subsets are not: if
an effect varies with the seed, such intervals cover 42 to 87 % instead of 95 %.

Subsets are numbered by bits: subset 5 = 0b101 has the components 0 and 2.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError
from sweep.statistics.samples import (
    ROUNDING,
    Matrix,
    check_at_least,
    check_share,
    finite_matrix,
    spread,
)
from sweep.statistics.t_interval import TInterval, t_interval

MOST_EXACT = 6  # components, 64 subsets; with more, permutations are sampled
FEWEST_SEEDS = 3


@dataclass(frozen=True, slots=True)
class Share:
    """The contribution of one component, or the interaction of two.

    Attributes:
        components: one index; two for an interaction.
        interval: mean over seeds with a simultaneous interval (Bonferroni over all components, or
            all interactions); its `p` is multiplied by their number.
        sd: standard deviation over seeds.
        sampling_error: standard error due to sampled permutations, part of the interval's; 0 if all
            subsets were trained.
        per_seed: contrast of each seed (n,).
    """

    components: tuple[int, ...]
    interval: TInterval
    sd: float
    sampling_error: float
    per_seed: tuple[float, ...]


def members(subset: int) -> tuple[int, ...]:
    """Components of a subset, e.g. (0, 2) of 5."""
    return tuple(bit for bit in range(subset.bit_length()) if subset >> bit & 1)


def shapley_weights(components: int) -> Matrix:
    """Weights (p, 2^p) of the subsets' values in each component's Shapley value.

    |S|!(p - |S| - 1)!/p! for a subset S joined by the component, minus the same for S alone.

    Raises:
        UsageError: fewer than one component, or more than six.
    """
    _check_components(components, fewest=1)
    weights = np.zeros((components, 2**components))
    for component in range(components):
        for subset in range(2**components):
            if subset >> component & 1:
                continue
            size = subset.bit_count()
            weight = 1 / (components * math.comb(components - 1, size))
            weights[component, subset | 1 << component] += weight
            weights[component, subset] -= weight
    return weights


def interaction_weights(components: int) -> tuple[list[tuple[int, int]], Matrix]:
    """Pairs of components (m) and the weights (m, 2^p) of their Shapley interaction indices.

    The mean, over the orders in which the other components could have been added and the pair as
    one, of v(S ∪ ij) - v(S ∪ i) - v(S ∪ j) + v(S) (Grabisch and Roubens 1999).

    Raises:
        UsageError: fewer than two components, or more than six.
    """
    _check_components(components, fewest=2)
    pairs = list(itertools.combinations(range(components), 2))
    weights = np.zeros((len(pairs), 2**components))
    for row, (first, second) in enumerate(pairs):
        first_bit, second_bit = 1 << first, 1 << second
        for subset in range(2**components):
            if subset & (first_bit | second_bit):
                continue
            subsets = math.comb(components - 2, subset.bit_count())
            weight = 1 / ((components - 1) * subsets)
            weights[row, subset | first_bit | second_bit] += weight
            weights[row, subset | first_bit] -= weight
            weights[row, subset | second_bit] -= weight
            weights[row, subset] += weight
    return pairs, weights


def shapley_values(values: npt.ArrayLike, alpha: float = 0.05) -> tuple[Share, ...]:
    """Shapley value of each of p components.

    Args:
        values: (seeds, 2^p) metric of every subset, in the order of the subsets' numbers; every
            seed complete, at least three seeds, p at most 6.
        alpha: joint error of the p intervals.

    Raises:
        UsageError: other than 2^p subsets, too few seeds, a value that is not finite, or alpha
            outside (0, 1).
    """
    table, components = _all_subsets(values)
    contrasts = table @ shapley_weights(components).T
    names = [(component,) for component in range(components)]
    return _shares(names, contrasts, table, alpha)


def shapley_interactions(
    values: npt.ArrayLike, alpha: float = 0.05
) -> tuple[Share, ...]:
    """Shapley interaction index of each pair of components.

    It is above 0 if the two add more together than the sum of each alone.

    Args:
        values: as for `shapley_values`, at least two components.
        alpha: joint error of the intervals of all pairs.

    Raises:
        UsageError: as `shapley_values`, or a single component.
    """
    table, components = _all_subsets(values)
    pairs, weights = interaction_weights(components)
    return _shares(pairs, table @ weights.T, table, alpha)


def _shares(
    names: Sequence[tuple[int, ...]], contrasts: Matrix, table: Matrix, alpha: float
) -> tuple[Share, ...]:
    check_share(alpha, "alpha")
    seeds = len(contrasts)
    shares = []
    for name, contrast in zip(names, contrasts.T, strict=True):
        sd = contrast_spread(contrast, table)
        interval = joint_interval(
            float(np.mean(contrast)),
            sd / math.sqrt(seeds),
            seeds - 1,
            alpha,
            len(names),
        )
        shares.append(Share(name, interval, sd, 0.0, tuple(contrast.tolist())))
    return tuple(shares)


def joint_interval(
    mean: float, standard_error: float, df: float, alpha: float, family: int
) -> TInterval:
    """Simultaneous interval of one of `family` estimates; p is multiplied (Bonferroni)."""
    single = t_interval(mean, standard_error, df, 1 - alpha / family)
    p = None if single.p is None else min(1.0, single.p * family)
    return TInterval(mean, standard_error, df, single.low, single.high, 1 - alpha, p)


def contrast_spread(contrast: npt.NDArray[np.float64], table: Matrix) -> float:
    """Standard deviation of a contrast (n,); 0 if it is only rounding of the runs' values."""
    if np.ptp(contrast) <= ROUNDING * np.max(np.abs(table)):
        return 0.0
    return spread(contrast)


def check_seeds(table: Matrix) -> None:
    """Check that there are enough seeds for a t interval.

    Raises:
        UsageError: fewer than three seeds.
    """
    check_at_least(
        len(table), FEWEST_SEEDS, "the number of seeds that finished every subset"
    )


def _all_subsets(values: npt.ArrayLike) -> tuple[Matrix, int]:
    table = finite_matrix(values, "the values", "(seeds, 2^components)")
    check_seeds(table)
    components = table.shape[1].bit_length() - 1
    if table.shape[1] != 2**components or components < 1:
        raise UsageError(
            f"values of {table.shape[1]} subsets; every subset is needed: 2, 4, 8, 16, 32 or 64 "
            "for one to six components"
        )
    return table, components


def _check_components(components: int, fewest: int) -> None:
    if not fewest <= components <= MOST_EXACT:
        raise UsageError(
            f"{components} components; {fewest} to {MOST_EXACT} can be analysed over every subset, "
            "more with sampled permutations"
        )
