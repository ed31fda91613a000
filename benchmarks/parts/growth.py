"""The cost of a trial as the study grows.

On Ray, it is the time from the end of one no-op trial to the end of the next, for this project and
Ray Tune, after 100 and 1 000 trials. The CPU time of a trial's decisions (`benchmarks.growth`) is
measured in studies of 100, 1 000 and 10 000 trials, which need not be trained for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from benchmarks import growth
from benchmarks.result import OURS, Goal, Row, Table
from benchmarks.running import Run, interleaved, run

RAY = "Ray Tune, reuse_actors"
WINDOW = 0.2  # share of the trials, the last ones, over which a figure is averaged
FLAT = (
    1.1  # the largest ratio that counts as flat, given the spread of such measurements
)
# Method, pruner, and the number of trials that are measured, enough for the clock's resolution.
DECIDED = (
    ("random", "none", 300),
    ("random", "asha", 300),
    ("gp_multifidelity", "asha", 15),
    ("tpe", "asha", 15),
)


def measure(quick: bool) -> list[Table]:
    """Return milliseconds per trial on Ray, and CPU milliseconds of a trial's decisions."""
    sizes, rounds = ((20, 60), 1) if quick else ((100, 1_000), 1)
    measured = interleaved(
        {
            OURS: partial(_run, "ours", sizes[-1]),
            RAY: partial(_run, "ray_reuse", sizes[-1]),
        },
        rounds,
    )
    return [
        *(_on_ray(name, runs, sizes) for name, runs in measured.items()),
        *_decided(quick),
    ]


def _on_ray(name: str, runs: Sequence[Run], sizes: Sequence[int]) -> Table:
    """Return the table of one contender on Ray."""
    first, last = (f"after {size:,}" for size in sizes)
    goal = Goal(FLAT, row=last, against=[first], what=f"a trial of {name} {last}")
    return Table(
        "growth",
        f"a trial of 1 report, random search, two workers: {name}",
        "ms",
        [
            Row(f"after {size:,}", [_per_trial(run.stamps, size) * 1e3 for run in runs])
            for size in sizes
        ],
        aim="flat",
        reference=first,
        goals=[goal] if name == OURS else [],
    )


def _decided(quick: bool) -> list[Table]:
    """Return the tables of a trial's decisions, one for each method and pruner."""
    sizes, rounds = ((100, 1_000), 1) if quick else ((100, 1_000, 10_000), 3)
    tables = []
    for method, pruner, trials in DECIDED[:2] if quick else DECIDED:
        rows = []
        for size in sizes:
            milliseconds = []
            for _ in range(rounds):
                total, _ = growth.measure(size, method, pruner, trials)
                milliseconds.append(total / 1e3)
            rows.append(Row(f"in a study of {size:,}", milliseconds))
        title = f"deciding one trial of 3 epochs, {method}, early_terminate {pruner}"
        goal = Goal(
            FLAT,
            row=rows[-1].name,
            against=[rows[0].name],
            what=f"{title}, {rows[-1].name}",
        )
        tables.append(
            Table(
                "growth",
                title,
                "CPU ms",
                rows,
                aim="flat",
                reference=rows[0].name,
                goals=[goal],
            )
        )
    return tables


def _run(contender: str, trials: int) -> Run:
    """Run a contender with random search."""
    more = {"method": "random"} if contender == "ours" else {"search": False}
    return run(
        f"benchmarks.contenders.{contender}", {"trials": trials, "reports": 1, **more}
    )


def _per_trial(stamps: Sequence[float], size: int) -> float:
    """Return the seconds per trial, over the last trials up to number `size`."""
    first = int(size * (1 - WINDOW))
    return (stamps[size - 1] - stamps[first]) / (size - 1 - first)
