"""What a trial costs as the study grows.

On Ray, the end of one no-op trial to the end of the next, ours and Ray Tune's, after 100 and 1 000
trials. And what is decided for one (`benchmarks.growth`) in a study of 100, 1 000 and 10 000
trials: so many need not be run for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from benchmarks import growth
from benchmarks.result import OURS, Goal, Row, Table
from benchmarks.running import Run, interleaved, run

RAY = "Ray Tune, reuse_actors"
WINDOW = 0.2  # of the number of trials: so many up to it are averaged
FLAT = 1.1  # what flat means, within the spread of such a measurement
# Method, pruner, and how many trials are decided for one figure: enough for the clock to see.
DECIDED = (
    ("random", "none", 300),
    ("random", "asha", 300),
    ("gp_multifidelity", "asha", 15),
    ("tpe", "asha", 15),
)


def measure(quick: bool) -> list[Table]:
    """Milliseconds a trial on Ray, and milliseconds of CPU for the decisions of one."""
    sizes, rounds = ((20, 60), 1) if quick else ((100, 1_000), 1)
    found = interleaved(
        {
            OURS: partial(_run, "ours", sizes[-1]),
            RAY: partial(_run, "ray_reuse", sizes[-1]),
        },
        rounds,
    )
    return [
        *(_on_ray(name, runs, sizes) for name, runs in found.items()),
        *_decided(quick),
    ]


def _on_ray(name: str, runs: Sequence[Run], sizes: Sequence[int]) -> Table:
    first, last = (f"after {size:,}" for size in sizes)
    goal = Goal(FLAT, row=last, against=[first], what=f"a trial of {name} {last}")
    return Table(
        "growth",
        f"a trial of 1 report, random search, two workers: {name}",
        "ms",
        [
            Row(f"after {size:,}", [_at(done.stamps, size) * 1e3 for done in runs])
            for size in sizes
        ],
        aim="flat",
        reference=first,
        goals=[goal] if name == OURS else [],
    )


def _decided(quick: bool) -> list[Table]:
    sizes, rounds = ((100, 1_000), 1) if quick else ((100, 1_000, 10_000), 3)
    tables = []
    for method, pruner, trials in DECIDED[:2] if quick else DECIDED:
        rows = [
            Row(
                f"in a study of {size:,}",
                [
                    growth.measure(size, method, pruner, trials)[0] / 1e3
                    for _ in range(rounds)
                ],
            )
            for size in sizes
        ]
        said = f"deciding one trial of 3 epochs, {method}, early_terminate {pruner}"
        goal = Goal(
            FLAT,
            row=rows[-1].name,
            against=[rows[0].name],
            what=f"{said}, {rows[-1].name}",
        )
        tables.append(
            Table(
                "growth",
                said,
                "CPU ms",
                rows,
                aim="flat",
                reference=rows[0].name,
                goals=[goal],
            )
        )
    return tables


def _run(contender: str, trials: int) -> Run:
    more = {"method": "random"} if contender == "ours" else {"search": False}
    return run(
        f"benchmarks.contenders.{contender}", {"trials": trials, "reports": 1, **more}
    )


def _at(stamps: Sequence[float], size: int) -> float:
    """Seconds a trial over the last trials up to the one of that number."""
    first = int(size * (1 - WINDOW))
    return (stamps[size - 1] - stamps[first]) / (size - 1 - first)
