"""What a trial finds of the one before it in its process, and what a process of its own costs."""

from __future__ import annotations

import json
from functools import partial

import numpy as np

from benchmarks.poison import KINDS
from benchmarks.result import OURS, Goal, Row, Table
from benchmarks.running import interleaved, run

COSTS = {
    "no-op": 15.0,
    "small": 25.0,
    "clip": 40.0,
    "fusion": 40.0,
}  # ms beyond a trial in place


def measure(quick: bool) -> list[Table]:
    """Kinds of poison found, and milliseconds beyond a trial in place."""
    return [_found(1 if quick else 2), *_costs(20 if quick else 60)]


def _found(rounds: int) -> Table:
    contenders = {
        OURS: partial(_poisoned, "poison_ours", isolation="process"),
        "sweep, --engine serial": partial(_poisoned, "poison_ours", engine="serial"),
        "sweep, isolation: shared": partial(
            _poisoned, "poison_ours", isolation="shared"
        ),
        "Ray Tune": partial(_poisoned, "poison_ray", reuse=False),
        "Ray Tune, reuse_actors": partial(_poisoned, "poison_ray", reuse=True),
    }
    found = interleaved(contenders, rounds)
    return Table(
        "isolation",
        f"kinds of process state, of {len(KINDS)}, that a trial finds changed by the one before",
        "kinds",
        [Row(name, counts) for name, counts in found.items()],
        aim="0",
        goals=[Goal(0.0)],
        notes=[f"The kinds: {', '.join(KINDS)}."],
    )


def _poisoned(contender: str, **options: object) -> float:
    said = run(f"benchmarks.contenders.{contender}", options).said
    line = next(line for line in said.splitlines() if line.startswith("found "))
    return float(len(json.loads(line.removeprefix("found "))))


def _costs(trials: int) -> list[Table]:
    tables = []
    for kind, limit in COSTS.items():
        said = run(
            "benchmarks.contenders.trial_cost", {"kind": kind, "trials": trials}
        ).said
        times = json.loads(said.splitlines()[-1])
        place, process = np.array(times["in place"]), np.array(times["process"])
        beyond = process - place
        tables.append(
            Table(
                "isolation",
                f"{kind}: a trial in a process of its own, beyond one in place",
                "ms",
                [
                    Row("sweep, to the first report", list(beyond[:, 0])),
                    Row(OURS, list(beyond[:, 1])),
                    Row("the trial in place, whole", list(place[:, 1])),
                ],
                aim=f"≤ {limit:g} ms from the second trial on",
                goals=[Goal(limit)],
            )
        )
    return tables
