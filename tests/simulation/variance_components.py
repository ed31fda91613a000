"""Error of variance components by Henderson's method 3 and by restricted likelihood, and coverage.

    python -m tests.simulation.variance_components [repeats]

Designs: a Latin square of 5 × 5 runs; the same with four trials lost; one source varied at a time,
ten runs each, the others held. Errors are root mean squares over the sum of all variances; both
estimates are cut off at 0.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy import optimize

from sweep.statistics.variance_components import latin_levels, variance_components

SOURCES = ("split", "initialisation", "order")
TRUTHS = ((1.0, 0.5, 0.2, 0.3), (0.2, 0.2, 0.2, 1.0), (1.0, 0.0, 0.0, 0.2))
REPEATS = 100  # coverage of .95 is then known to .022


def restricted_likelihood(values, sources):
    """Variances of the sources and the rest that maximise the restricted likelihood."""
    matrices = []
    for levels in sources.values():
        same = np.equal.outer(np.array(levels), np.array(levels))
        matrices.append(same.astype(float))
    runs = len(values)
    matrices.append(np.eye(runs))
    ones = np.ones(runs)

    def loss(logs):
        covariance = sum(
            np.exp(log) * matrix for log, matrix in zip(logs, matrices, strict=True)
        )
        inverse = np.linalg.inv(covariance)
        weight = inverse @ ones
        project = inverse - np.outer(weight, weight) / weight.sum()
        fit = project @ values
        value = np.linalg.slogdet(covariance)[1] + np.log(weight.sum()) + values @ fit
        slopes = []
        for log, matrix in zip(logs, matrices, strict=True):
            slope = np.sum(project * matrix) - fit @ matrix @ fit
            slopes.append(np.exp(log) * slope)
        return value, np.array(slopes)

    start = np.full(len(matrices), np.log(np.var(values) / len(matrices)))
    bounds = [(start[0] - 14, start[0] + 5)] * len(matrices)
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return np.exp(found.x)


def one_at_a_time(levels, sources):
    """Runs of which each varies one source, with level 0 of the others."""
    design = {source: [] for source in sources}
    for varied in sources:
        for level in range(levels):
            for source in sources:
                design[source].append(level if source == varied else 0)
    return {source: tuple(found) for source, found in design.items()}


def without(design, lost):
    kept = {}
    for source, levels in design.items():
        kept[source] = tuple(
            level for run, level in enumerate(levels) if run not in lost
        )
    return kept


def designs():
    square = latin_levels(5, SOURCES)
    return {
        "Latin square, 25 runs": square,
        "four trials lost": without(square, (3, 7, 12, 20)),
        "one at a time, 30 runs": one_at_a_time(10, SOURCES),
    }


def drawn(design, truth, rng):
    runs = len(next(iter(design.values())))
    values = np.sqrt(truth[-1]) * rng.standard_normal(runs)
    for variance, levels in zip(truth, design.values(), strict=False):
        effects = np.sqrt(variance) * rng.standard_normal(max(levels) + 1)
        values += effects[list(levels)]
    return values


def compare(design, truth, repeats, rng):
    """Relative root-mean-square errors (2, m + 1), and coverage (m + 1,) of the intervals."""
    moments, likelihood, held = [], [], []
    for _ in range(repeats):
        values = drawn(design, truth, rng)
        components = variance_components(values, design)
        moments.append([component.variance for component in components])
        likelihood.append(restricted_likelihood(values, design))
        inside = []
        for component, variance in zip(components, truth, strict=True):
            inside.append(
                component.low <= variance + 1e-12 and variance <= component.high
            )
        held.append(inside)
    errors = []
    for estimates in (moments, likelihood):
        squares = np.mean((np.array(estimates) - truth) ** 2, axis=0)
        errors.append(np.sqrt(squares) / sum(truth))
    return np.array(errors), np.mean(held, axis=0)


def table(repeats=REPEATS):
    """What was simulated, as text."""
    rng = np.random.default_rng(0)
    lines = [
        f"{repeats} repeats; components: {', '.join(SOURCES)}, rest",
        "",
        "| design | true variances | error, method 3 | error, likelihood | coverage |",
        "|---|---|---|---|---|",
    ]
    for name, design in designs().items():
        for truth in TRUTHS:
            errors, coverage = compare(design, np.array(truth), repeats, rng)
            cells = [
                " ".join(f"{value:.2f}" for value in row) for row in (*errors, coverage)
            ]
            lines.append(f"| {name} | {truth} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(table(*(int(argument) for argument in sys.argv[1:])))
