"""Memory of the driver and of a warm worker while real trials run, against Ray Tune with reused
actors.

The largest resident size seen, and the proportional one at that time: shared pages divided among
those that share them.
"""

from __future__ import annotations

from functools import partial

from benchmarks.machine import Process
from benchmarks.parts.ablation import METRIC
from benchmarks.parts.wall import STUDIES
from benchmarks.result import OURS, Goal, Row, Table
from benchmarks.running import Run, interleaved, run

RAY = "Ray Tune, reuse_actors"
_SYSTEM = ("IDLE", "Agent", "ServeController")  # processes of Ray's own that carry its name


def measure(quick: bool) -> list[Table]:
    """MiB of driver and worker, resident and proportional."""
    trials, rounds = (4, 1) if quick else (8, 3)
    arms = [{"loss_type": "standard"}, {"loss_type": "focal"}]
    grid = {
        "trainer": "clip",
        "common": {"epochs": 5},
        "arms": arms,
        "seeds": list(range(trials // 2)),
    }
    found = interleaved(
        {
            OURS: partial(
                _watched, "real_ours", {"study": STUDIES["clip"].format(trials=trials, epochs=5)}
            ),
            RAY: partial(_watched, "ray_grid", {**grid, "metric": METRIC, "reuse": True}),
        },
        rounds,
    )
    return [
        Table(
            "memory",
            f"{who}, {what} memory, {trials} trials of clip on two workers",
            "MiB",
            [Row(name, [getattr(pick(r), field) for r in runs]) for name, runs in found.items()],
            aim="not above Ray Tune's",
            goals=[Goal(1.0, against=[RAY])],
        )
        for who, pick in (("driver", driver), ("largest worker", worker))
        for what, field in (("resident", "rss"), ("proportional", "pss"))
    ]


def _watched(contender: str, options: dict[str, object]) -> Run:
    return run(f"benchmarks.contenders.{contender}", options, watch=True)


def driver(done: Run) -> Process:
    """The process that was started."""
    return next(seen for seen in done.largest.values() if "benchmarks.contenders" in seen.name)


def worker(done: Run) -> Process:
    """The largest of the processes in which trials run."""
    workers = [
        p
        for p in done.largest.values()
        if p.name.startswith("ray::") and not any(s in p.name for s in _SYSTEM)
    ]
    return max(workers, key=lambda process: process.rss)
