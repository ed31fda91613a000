"""The best number of splits and seeds for a budget, given the variance components."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sweep.errors import UsageError
from sweep.statistics.samples import check_at_least
from sweep.statistics.variance_components import REST


@dataclass(frozen=True, slots=True)
class Allocation:
    """A number of splits, and of seeds on each split.

    Attributes:
        splits, seeds: their numbers; splits × seeds trials are run.
        cost: of the trials and of the splits, in trials.
        standard_error: of the mean metric over all trials.
    """

    splits: int
    seeds: int
    cost: float
    standard_error: float


def standard_error_of_mean(
    variances: Mapping[str, float],
    split: str,
    splits: int,
    seeds: int,
    *,
    same_seeds: bool,
) -> float:
    """Standard error of the mean over splits × seeds trials.

    For a splits and b seeds it is √(σ_split²/a + σ_seed²/b + σ_rest²/ab) with the same seeds on
    every split, and √(σ_split²/a + (σ_seed² + σ_rest²)/ab) with different seeds. σ_seed² is the sum
    of all sources but the split.

    Args:
        variances: source → variance of a run, including `REST`; of paired differences if arms are
            compared.
        split: the name of the source that is the split.
        splits, seeds: at least 1 each.
        same_seeds: whether every split is trained with the same seeds, as in an ablation.

    Raises:
        UsageError: a missing source, a negative variance, or fewer than one split or seed.
    """
    check_at_least(splits, 1, "the number of splits")
    check_at_least(seeds, 1, "the number of seeds")
    for source in (split, REST):
        if source not in variances:
            raise UsageError(
                f"no variance of {source!r}; given: {', '.join(variances)}"
            )
    for source, variance in variances.items():
        if not variance >= 0:
            raise UsageError(
                f"the variance of {source!r} is {variance}; it must be at least 0"
            )
    of_seeds = sum(variances.values()) - variances[split] - variances[REST]
    draws_of_seeds = seeds if same_seeds else splits * seeds
    total = variances[split] / splits + of_seeds / draws_of_seeds
    return math.sqrt(total + variances[REST] / (splits * seeds))


def allocations(
    variances: Mapping[str, float],
    split: str,
    budget: float,
    *,
    same_seeds: bool = True,
    cost_of_split: float = 0.0,
    most_splits: int | None = None,
) -> tuple[Allocation, ...]:
    """Every number of splits with the most seeds that fit the budget, smallest error first.

    Args:
        variances, split, same_seeds: as for `standard_error_of_mean`.
        budget: of one arm, in trials, at least what one split and seed cost.
        cost_of_split: additional cost of each split (preparation, tuning), in trials.
        most_splits: the number of splits that exist, such as folds.

    Raises:
        UsageError: a budget too small for one trial, a negative cost, or as above.
    """
    if not cost_of_split >= 0:
        raise UsageError(
            f"the cost of a split is {cost_of_split}; it must be at least 0"
        )
    affordable = int(budget // (1 + cost_of_split)) if math.isfinite(budget) else 0
    if affordable < 1:
        raise UsageError(
            f"the budget is {budget} trials; one split with one seed costs {1 + cost_of_split}"
        )
    if most_splits is not None:
        check_at_least(most_splits, 1, "the largest number of splits")
        affordable = min(affordable, most_splits)
    options = []
    for splits in range(1, affordable + 1):
        seeds = int(budget / splits - cost_of_split + 1e-9)
        error = standard_error_of_mean(
            variances, split, splits, seeds, same_seeds=same_seeds
        )
        cost = splits * (seeds + cost_of_split)
        options.append(Allocation(splits, seeds, cost, error))
    options.sort(key=lambda option: (option.standard_error, option.cost))
    return tuple(options)
