"""Joint coverage of Shapley intervals: every subset, sampled permutations, and pooled residuals.

    python -m tests.simulation.shapley [repeats]

Runs have standard deviation 1; in half of the cases each component's effect varies with the seed.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy import special

from sweep.statistics.shapley import members, shapley_values, shapley_weights
from sweep.statistics.shapley_sampling import (
    sampled_permutations,
    sampled_shapley_values,
    subsets_of,
)

REPEATS = 2_000  # Monte-Carlo error of a coverage of .95: .005


def effects_of(components, rng):
    """Main effects (p,) and interactions (p, p) of a made-up system."""
    main = rng.normal(0, 1, components)
    pairs = np.triu(rng.normal(0, 0.5, (components, components)), 1)
    return main, pairs


def true_values(main, pairs):
    """Shapley values: each interaction is shared equally."""
    return main + (pairs.sum(axis=0) + pairs.sum(axis=1)) / 2


def runs(subsets, seeds, system, varying, rng):
    """Values (seeds, subsets); `varying` is the sd of a component's effect over seeds."""
    main, pairs = system
    on = np.zeros((len(subsets), len(main)))
    for row, subset in enumerate(subsets):
        on[row, list(members(subset))] = 1.0
    expected = on @ main + np.einsum("sp,pq,sq->s", on, pairs, on)
    by_seed = varying * rng.standard_normal((seeds, len(main))) @ on.T
    shared = rng.standard_normal((seeds, 1))
    return expected + by_seed + shared + rng.standard_normal((seeds, len(subsets)))


def covered(shares, truth):
    inside = True
    for share, value in zip(shares, truth, strict=True):
        inside = inside and share.interval.low <= value <= share.interval.high
    return inside


def pooled_covered(values, truth, alpha=0.05):
    """Intervals from residuals pooled over subsets, after subset and seed effects."""
    weights = shapley_weights(len(truth))
    residuals = (
        values - values.mean(axis=0) - values.mean(axis=1)[:, None] + values.mean()
    )
    seeds, subsets = values.shape
    df = (seeds - 1) * (subsets - 1)
    error = np.sqrt((residuals**2).sum() / df * (weights**2).sum(axis=1) / seeds)
    half = special.stdtrit(df, 1 - alpha / (2 * len(truth))) * error
    return bool((np.abs(weights @ values.mean(axis=0) - truth) <= half).all())


def exact_coverage(components, seeds, varying, repeats, rng):
    """Joint coverage over seeds, and of pooled residuals."""
    ours, pooled = 0, 0
    subsets = range(2**components)
    for _ in range(repeats):
        system = effects_of(components, rng)
        values = runs(subsets, seeds, system, varying, rng)
        truth = true_values(*system)
        ours += covered(shapley_values(values), truth)
        pooled += pooled_covered(values, truth)
    return ours / repeats, pooled / repeats


def sampled_coverage(components, seeds, count, varying, repeats, rng):
    """Joint coverage with new permutations in every study."""
    held = 0
    for _ in range(repeats):
        system = effects_of(components, rng)
        permutations = sampled_permutations(components, count, int(rng.integers(2**31)))
        subsets = subsets_of(permutations)
        values = runs(subsets, seeds, system, varying, rng)
        by_subset = dict(zip(subsets, values.T, strict=True))
        held += covered(
            sampled_shapley_values(by_subset, permutations), true_values(*system)
        )
    return held / repeats


def table(repeats=REPEATS):
    """What was simulated, as text."""
    rng = np.random.default_rng(0)
    lines = [
        f"{repeats} studies a row; joint coverage of 95 % intervals",
        "",
        "| components | seeds | effect varies by (sd) | over seeds | pooled residuals |",
        "|---|---|---|---|---|",
    ]
    for components, seeds in ((2, 5), (3, 8), (4, 5), (6, 5)):
        for varying in (0.0, 1.0):
            ours, pooled = exact_coverage(components, seeds, varying, repeats, rng)
            row = f"| {components} | {seeds} | {varying} |"
            lines.append(f"{row} {ours:.3f} | {pooled:.3f} |")
    lines += [
        "",
        "| components | seeds | permutations | effect varies by (sd) | coverage |",
        "|---|---|---|---|---|",
    ]
    for components, seeds, count in ((8, 5, 6), (8, 5, 20), (10, 8, 10)):
        for varying in (0.0, 1.0):
            held = sampled_coverage(
                components, seeds, count, varying, repeats // 4, rng
            )
            lines.append(
                f"| {components} | {seeds} | {count} | {varying} | {held:.3f} |"
            )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(table(*(int(argument) for argument in sys.argv[1:])))
