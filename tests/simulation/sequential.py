"""Trials, wrong verdicts and savings of the sequential design on ladders of six arms.

    python -m tests.simulation.sequential [repeats]

A verdict is wrong if anything it says is false: "helps" of an effect of 0, "no difference" of one that
reaches the margin. It is right if it is true and not "undecided". A ladder is compared with the fixed
design of fewest seeds, up to the last look's, that gives as many right verdicts.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from sweep.statistics.sequential import SequentialDesign
from sweep.statistics.sequential_forecast import (
    UNDECIDED,
    deciding_looks,
    intervals_at_looks,
    simulated_differences,
    trials_by_look,
)
from sweep.statistics.verdict_forecast import bonferroni_critical_value

LOOKS = (5, 8, 12, 18, 30)
REPEATS = 20_000  # Monte-Carlo error of a probability of .05: .0015
BATCH = 2_000


@dataclass(frozen=True)
class Case:
    effects: tuple[float, ...]
    margin: float
    trials: float  # published; the sampling error is below half a trial
    saving: float  # published share
    wrong: float  # published probability of any wrong verdict


CASES = (
    Case((3, 3, 0.5, 0.5, 0, 0), 1.0, 148, -0.22, 0.014),
    Case((2, 2, 0.5, 0.5, 0, 0), 1.0, 152, -0.19, 0.015),
    Case((2, 2, 0.5, 0.5, 0, 0), 1.5, 109, -0.48, 0.007),
    Case((0, 0, 0, 0, 0, 0), 1.0, 175, -0.11, 0.038),
    Case((0, 0, 0, 0, 0, 0), 0.5, 209, +0.20, 0.046),
)


@dataclass(frozen=True)
class Outcome:
    trials: float
    wrong: float  # probability that a study holds any wrong verdict
    right: float  # expected share of arms with a right verdict


def statements(effects, means, half, margin):
    """Whether each verdict (…, k) is wrong, and whether it is right.

    "Helps, less than the margin" says two things; either may be false.
    """
    inside = np.abs(means) + half < margin
    outside = np.abs(means) > half
    false_direction = outside & (np.sign(means) != np.sign(effects))
    false_equality = inside & (np.abs(effects) >= margin)
    wrong = false_direction | false_equality
    return wrong, (inside | outside) & ~wrong


def sequential(effects, margin, design, rng, repeats):
    differences = simulated_differences(effects, design.most_seeds, repeats, rng)
    means, half = intervals_at_looks(differences, design)
    deciding = deciding_looks(means, half, margin)
    last = np.where(deciding == UNDECIDED, len(design.looks) - 1, deciding)[:, None]
    final_means = np.take_along_axis(means, last, axis=1)[:, 0]
    final_half = np.take_along_axis(half, last, axis=1)[:, 0]
    wrong, right = statements(effects, final_means, final_half, margin)
    trials = trials_by_look(deciding, design, len(design.looks) - 1)
    return trials.mean(), wrong.any(axis=1).mean(), right.mean()


def averaged(effects, margin, design, rng, repeats):
    rows = []
    for _ in range(max(1, repeats // BATCH)):
        rows.append(sequential(effects, margin, design, rng, min(BATCH, repeats)))
    return Outcome(*np.mean(rows, axis=0))


def fixed_seeds(effects, margin, right, rng, repeats):
    """The fewest seeds, at most those of the last look, that give as large a share of right verdicts.

    With Bonferroni t intervals.
    """
    differences = simulated_differences(effects, LOOKS[-1], repeats, rng)
    for seeds in range(2, LOOKS[-1]):
        sample = differences[:, :seeds]
        critical_value = bonferroni_critical_value(seeds, len(effects))
        half = critical_value * sample.std(axis=1, ddof=1) / np.sqrt(seeds)
        _, right_verdicts = statements(effects, sample.mean(axis=1), half, margin)
        if right_verdicts.mean() >= right:
            return seeds
    return LOOKS[-1]


def saving(outcome, effects, margin, rng, repeats):
    seeds = fixed_seeds(effects, margin, outcome.right, rng, repeats)
    return outcome.trials / (seeds * (len(effects) + 1)) - 1


def run(repeats=REPEATS, seed=0):
    """Outcome and saving of every case."""
    rng = np.random.default_rng(seed)
    found = []
    for case in CASES:
        effects = np.array(case.effects, dtype=float)
        design = SequentialDesign(LOOKS, len(effects))
        outcome = averaged(effects, case.margin, design, rng, repeats)
        found.append((case, outcome, saving(outcome, effects, case.margin, rng, BATCH)))
    return found


def main():
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else REPEATS
    print(f"{repeats} studies a row; looks {LOOKS}; published figures in brackets\n")
    print("| effects (sd) | margin | trials of 210 | against fixed | wrong | right |")
    print("|---|---|---|---|---|---|")
    for case, outcome, share in run(repeats):
        trials = f"{outcome.trials:.0f} [{case.trials:.0f}]"
        against = f"{share:+.0%} [{case.saving:+.0%}]"
        wrong = f"{outcome.wrong:.4f} [{case.wrong:.3f}]"
        row = f"| {case.effects} | {case.margin} | {trials} | {against} | {wrong} |"
        print(f"{row} {outcome.right:.3f} |")


if __name__ == "__main__":
    main()
