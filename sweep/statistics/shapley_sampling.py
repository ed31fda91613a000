"""Shapley values of more than six components, from sampled orders of adding them.

Each sampled permutation adds the components one by one; a component's contribution is the change
when it is added. Permutations come in pairs of an order and its reverse: early and late changes
cancel, which needs fewer runs for the same error (antithetic sampling, Mitchell et al. 2022; Castro
et al. 2009 for plain sampling). All seeds train the same subsets, so that each subset is an arm
like any other. The variation between the pairs of permutations is measured and added to the error
over seeds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError
from sweep.statistics.samples import Matrix, check_share, finite_matrix
from sweep.statistics.shapley import (
    Share,
    check_seeds,
    contrast_spread,
    joint_interval,
    members,
)
from sweep.statistics.t_interval import satterthwaite

Permutation = tuple[int, ...]

FEWEST_PAIRS = 3  # of permutations, to measure the sampling error


def sampled_permutations(
    components: int, count: int, seed: int = 0
) -> tuple[Permutation, ...]:
    """`count` orders of the components, each even one followed by its reverse.

    Args:
        components: p, at least 2.
        count: even, at least 6.
        seed: of the draw; a larger count with the same seed begins with the same permutations.

    Raises:
        UsageError: fewer than two components, or an odd or too small count.
    """
    if components < 2:
        raise UsageError(
            f"{components} components; at least 2 can be put in different orders"
        )
    if count % 2 or count < 2 * FEWEST_PAIRS:
        raise UsageError(
            f"{count} permutations; allowed: an even number, at least {2 * FEWEST_PAIRS}, since "
            "they come in pairs and their spread is measured"
        )
    rng = np.random.default_rng(seed)
    drawn: list[Permutation] = []
    for _ in range(count // 2):
        order = tuple(rng.permutation(components).tolist())
        drawn.append(order)
        drawn.append(order[::-1])
    return tuple(drawn)


def subsets_of(permutations: Sequence[Permutation]) -> tuple[int, ...]:
    """Numbers of the subsets that the permutations pass through, rising: the arms to train."""
    subsets = set()
    for order in permutations:
        subsets.update(_path(order))
    return tuple(sorted(subsets))


def sampled_shapley_values(
    values: Mapping[int, npt.ArrayLike],
    permutations: Sequence[Permutation],
    alpha: float = 0.05,
) -> tuple[Share, ...]:
    """Shapley value of each component; within each seed they add up to full minus baseline.

    The variance of a value is that over seeds, s²/n, plus that over the M pairs of permutations,
    s_π²/M. The second holds some noise of the first, so intervals are a little too wide rather than
    too short. Degrees of freedom are Satterthwaite's.

    Args:
        values: subset → its metric of each complete seed (n,), in one order of seeds, n ≥ 3.
        permutations: as `sampled_permutations` gave them.
        alpha: joint error of the intervals of all components.

    Raises:
        UsageError: a subset that the permutations need is missing, permutations that are not pairs
            of reverses, different numbers of seeds, or alpha outside (0, 1).
    """
    check_share(alpha, "alpha")
    _check_pairs(permutations)
    table = _table(values, subsets_of(permutations))
    everything = np.column_stack(list(table.values()))
    check_seeds(everything)
    steps = _steps(table, permutations)
    components = steps.shape[2]

    def share(component: int) -> Share:
        return _share(component, steps[:, :, component], everything, alpha, components)

    return tuple(share(component) for component in range(components))


def _share(
    component: int, steps: Matrix, everything: Matrix, alpha: float, family: int
) -> Share:
    """Share of one component from its steps (pairs of permutations, seeds)."""
    pairs, seeds = steps.shape
    per_seed = steps.mean(axis=0)
    sd = contrast_spread(per_seed, everything)
    over_seeds = sd**2 / seeds
    over_pairs = contrast_spread(steps.mean(axis=1), everything) ** 2 / pairs
    df = satterthwaite([over_seeds, over_pairs], [seeds - 1, pairs - 1])
    standard_error = 0.0  # without spread over seeds it is unknown
    if sd > 0:
        standard_error = math.sqrt(over_seeds + over_pairs)
    interval = joint_interval(
        float(np.mean(per_seed)), standard_error, df, alpha, family
    )
    return Share(
        (component,), interval, sd, math.sqrt(over_pairs), tuple(per_seed.tolist())
    )


def _steps(
    table: Mapping[int, npt.NDArray[np.float64]], permutations: Sequence[Permutation]
) -> npt.NDArray[np.float64]:
    """Steps (pairs of permutations, seeds, components), averaged within each pair."""
    seeds = len(next(iter(table.values())))
    components = len(permutations[0])
    steps = np.empty((len(permutations), seeds, components))
    for row, order in enumerate(permutations):
        path = _path(order)
        for position, component in enumerate(order):
            steps[row, :, component] = table[path[position + 1]] - table[path[position]]
    return np.asarray((steps[0::2] + steps[1::2]) / 2)


def _path(order: Permutation) -> list[int]:
    """Subsets from the empty one to the full one, adding components in order."""
    path = [0]
    for component in order:
        path.append(path[-1] | 1 << component)
    return path


def _table(
    values: Mapping[int, npt.ArrayLike], needed: Sequence[int]
) -> dict[int, npt.NDArray[np.float64]]:
    missing = [members(subset) for subset in needed if subset not in values]
    if missing:
        raise UsageError(
            f"{len(missing)} of {len(needed)} subsets of components have no values, first "
            f"{missing[0]}; train them, or leave out seeds that lack one"
        )
    lengths = {len(np.atleast_1d(np.asarray(values[subset]))) for subset in needed}
    if len(lengths) > 1:
        raise UsageError(
            f"subsets have {sorted(lengths)} seeds; all need the same, complete ones"
        )
    rows = [np.asarray(values[subset], dtype=np.float64) for subset in needed]
    checked = finite_matrix(rows, "the values", "(subsets, seeds)")
    return dict(zip(needed, checked, strict=True))


def _check_pairs(permutations: Sequence[Permutation]) -> None:
    wrong = len(permutations) % 2 or len(permutations) < 2 * FEWEST_PAIRS
    if not wrong:
        for order, reverse in zip(permutations[0::2], permutations[1::2], strict=True):
            wrong = wrong or tuple(order) != tuple(reverse[::-1])
    if wrong:
        raise UsageError(
            f"{len(permutations)} permutations that are not pairs of an order and its reverse; "
            "take them from `sampled_permutations`"
        )
