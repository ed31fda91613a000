"""Trials, wrong verdicts and savings of the sequential design on ladders of six arms.

    python -m tests.simulation.sequential [repeats]

A verdict is wrong if anything it says is false: "helps" of an effect of 0, "no difference" of one
that reaches the margin. It is right if it is true and not "undecided". A ladder is compared with
the fixed design of fewest seeds, up to the last look's, that gives as many right verdicts.
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
    batches = max(1, repeats // BATCH)
    size = min(BATCH, repeats)
    rows = [sequential(effects, margin, design, rng, size) for _ in range(batches)]
    return Outcome(*np.mean(rows, axis=0))


def fixed_seeds(effects, margin, right, rng, repeats, most=LOOKS[-1]):
    """The fewest seeds, at most the last look's, that give as large a share of right verdicts.

    With Bonferroni t intervals.
    """
    differences = simulated_differences(effects, most, repeats, rng)
    for seeds in range(2, most):
        sample = differences[:, :seeds]
        critical_value = bonferroni_critical_value(seeds, len(effects))
        half = critical_value * sample.std(axis=1, ddof=1) / np.sqrt(seeds)
        _, right_verdicts = statements(effects, sample.mean(axis=1), half, margin)
        if right_verdicts.mean() >= right:
            return seeds
    return most


def saving(outcome, effects, margin, rng, repeats, most=LOOKS[-1]):
    seeds = fixed_seeds(effects, margin, outcome.right, rng, repeats, most)
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


NOISES = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "t with 3 degrees of freedom": lambda rng, shape: rng.standard_t(3, shape),
    "10 % of the runs collapse by 8 sd": lambda rng, shape: (
        rng.standard_normal(shape) - 8 * (rng.random(shape) < 0.1)
    ),
    "lognormal": lambda rng, shape: rng.lognormal(0, 1, shape),
}


def errors_without_effect(noise, alone, rng, repeats, arms=6):
    """Probability that an interval of any arm ever misses its true change.

    Args:
        noise: of a run, from a generator and a shape.
        alone: whether one arm alone has it, and the others and the baseline are normal.
    """
    design = SequentialDesign(LOOKS, arms)
    shape = (repeats, LOOKS[-1], arms + 1)
    values = rng.standard_normal(shape) if alone else noise(rng, shape)
    mean = 0.0
    if alone:
        values[:, :, 1] = noise(rng, shape[:2])
        mean = noise(rng, 1_000_000).mean()
    differences = values[:, :, 1:] - values[:, :, :1]
    differences[:, :, 0] -= mean
    means, half = intervals_at_looks(differences, design)
    return (np.abs(means) > half).any(axis=(1, 2)).mean()


def overstatement(effect, rng, repeats, arms=6):
    """Mean of the estimates that led to "helps" at a true effect, minus the effect, in sd."""
    design = SequentialDesign(LOOKS, arms)
    differences = simulated_differences(np.full(arms, effect), LOOKS[-1], repeats, rng)
    means, half = intervals_at_looks(differences, design)
    deciding = deciding_looks(means, half, None)
    final = np.take_along_axis(means, np.maximum(deciding, 0)[:, None], axis=1)[:, 0]
    helped = (deciding != UNDECIDED) & (final > 0)
    return final[helped].mean() - effect


def table(repeats=REPEATS):
    """What was simulated, as text."""
    lines = [
        f"{repeats} studies a row; looks {LOOKS}; published figures in brackets",
        "",
        "| effects (sd) | margin | trials of 210 | against fixed | wrong | right |",
        "|---|---|---|---|---|---|",
    ]
    for case, outcome, share in run(repeats):
        trials = f"{outcome.trials:.0f} [{case.trials:.0f}]"
        against = f"{share:+.0%} [{case.saving:+.0%}]"
        wrong = f"{outcome.wrong:.4f} [{case.wrong:.3f}]"
        row = f"| {case.effects} | {case.margin} | {trials} | {against} | {wrong} |"
        lines.append(f"{row} {outcome.right:.3f} |")
    rng = np.random.default_rng(1)
    studies = min(repeats, 4 * BATCH)
    lines += [
        "",
        "Probability that any interval of six arms misses, at any look (promised for symmetric",
        "differences only):",
        "",
        "| noise of a run | all arms and the baseline | one arm alone |",
        "|---|---|---|",
    ]
    for name, noise in NOISES.items():
        shared = errors_without_effect(noise, False, rng, studies)
        alone = errors_without_effect(noise, True, rng, studies)
        lines.append(f"| {name} | {shared:.3f} | {alone:.3f} |")
    over = overstatement(0.5, rng, studies)
    lines += [
        "",
        f'"Helps" at a true 0.5 sd overstates it by {over:.2f} sd on average.',
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(*(int(argument) for argument in sys.argv[1:])))
