"""What a trial costs as the study grows: the end of one no-op trial to the end of the next, by how many there were.

`serial` runs the same schedule and log without Ray, in one process, so that ten thousand trials take minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from benchmarks.result import Row, Table
from benchmarks.running import Run, interleaved, run

WINDOW = 0.2  # of the number of trials: so many up to it are averaged


def measure(quick: bool) -> list[Table]:
    """Milliseconds a trial after 100, 1 000 and, without Ray, 10 000 trials."""
    many, most, rounds = (100, 1_000, 1) if quick else (1_000, 10_000, 1)
    found = interleaved(
        {
            "sweep": partial(_run, "ours", many),
            "sweep, --engine serial": partial(_run, "ours", most, engine="serial"),
            "Ray Tune, reuse_actors": partial(_run, "ray_reuse", many, search=False),
        },
        rounds,
    )
    sizes = [size for size in (100, 1_000, 10_000) if size <= most]
    return [
        Table(
            "growth",
            f"a trial of 1 report, random search: {name}",
            "ms",
            [
                Row(f"after {size:,}", [_at(r.stamps, size) * 1e3 for r in runs])
                for size in sizes
                if size <= len(runs[0].stamps)
            ],
            aim="flat",
            reference=f"after {sizes[0]:,}",
        )
        for name, runs in found.items()
    ]


def _run(contender: str, trials: int, **more: object) -> Run:
    return run(f"benchmarks.contenders.{contender}", {"trials": trials, "reports": 1, **_random(contender), **more})


def _random(contender: str) -> dict[str, object]:
    return {"method": "random"} if contender == "ours" else {}


def _at(stamps: Sequence[float], size: int) -> float:
    """Seconds a trial over the last trials up to the one of that number."""
    first = int(size * (1 - WINDOW))
    return (stamps[size - 1] - stamps[first]) / (size - 1 - first)
