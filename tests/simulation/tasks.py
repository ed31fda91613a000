"""Size and power of tests over tasks: stratified t, t on task means, and stratified bootstraps.

    python -m tests.simulation.tasks [repeats]

Noise of a paired difference has standard deviation 1 times a factor of the task, between 0.5 and 2.
"""

from __future__ import annotations

import sys

import numpy as np

from sweep.statistics.task_change import change_over_tasks

REPEATS = 4_000  # Monte-Carlo error of a size of .05: .0034
BOOTSTRAPS = 400
RESAMPLES = 300


def drawn(tasks, seeds, rng, effect=0.0, task_sd=0.0):
    """Differences (tasks, seeds)."""
    scale = np.geomspace(0.5, 2.0, tasks)[:, None]
    true = effect + task_sd * rng.standard_normal((tasks, 1))
    return true + scale * rng.standard_normal((tasks, seeds))


def rejected(target, tasks, seeds, repeats, rng, effect=0.0, task_sd=0.0):
    """How often the 95 % interval excludes 0."""
    count = 0
    for _ in range(repeats):
        interval = change_over_tasks(
            drawn(tasks, seeds, rng, effect, task_sd), target
        ).interval
        count += interval.low > 0 or interval.high < 0
    return count / repeats


def bootstrap_rejected(tasks, seeds, repeats, rng):
    """The same for a percentile interval, seeds drawn within each task."""
    count = 0
    rows = np.arange(tasks)[:, None]
    for _ in range(repeats):
        table = drawn(tasks, seeds, rng)
        chosen = rng.integers(seeds, size=(RESAMPLES, tasks, seeds))
        means = table[rows, chosen].mean(axis=(1, 2))
        low, high = np.quantile(means, (0.025, 0.975))
        count += low > 0 or high < 0
    return count / repeats


def table(repeats=REPEATS):
    """What was simulated, as text."""
    rng = np.random.default_rng(0)
    lines = [
        f"{repeats} studies a row",
        "",
        "| test | tasks | seeds | size |",
        "|---|---|---|---|",
    ]
    for tasks, seeds in ((3, 3), (3, 6), (6, 5)):
        size = rejected("these", tasks, seeds, repeats, rng)
        lines.append(f"| these tasks: stratified t | {tasks} | {seeds} | {size:.3f} |")
        size = bootstrap_rejected(tasks, seeds, BOOTSTRAPS, rng)
        lines.append(
            f"| these tasks: stratified bootstrap | {tasks} | {seeds} | {size:.3f} |"
        )
    for tasks in (5, 10):
        size = rejected("like_these", tasks, 5, repeats, rng, task_sd=1.0)
        lines.append(f"| tasks like these: t on means | {tasks} | 5 | {size:.3f} |")
    lines += [
        "",
        "| tasks like these | power at 1 sd of the tasks' true changes |",
        "|---|---|",
    ]
    for tasks in (5, 10):
        # So many seeds that the spread of the means is that of the tasks.
        power = rejected(
            "like_these", tasks, 400, repeats // 4, rng, effect=1.0, task_sd=1.0
        )
        lines.append(f"| {tasks} | {power:.2f} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(table(*(int(argument) for argument in sys.argv[1:])))
