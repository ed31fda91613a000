"""The state that one trial leaves to the next in a process, and the cost of a process for each."""

from __future__ import annotations

import json
from functools import partial

import numpy as np

from benchmarks.poison import KINDS
from benchmarks.result import OURS, Goal, Row, Table
from benchmarks.running import interleaved, run

# Milliseconds that a process may take beyond a trial in place.
COSTS = {"no-op": 15.0, "small": 25.0, "clip": 40.0, "fusion": 40.0}


def measure(quick: bool) -> list[Table]:
    """Return the kinds of state found changed, and milliseconds beyond a trial in place."""
    return [_changed_kinds(1 if quick else 2), *_costs(20 if quick else 60)]


def _changed_kinds(rounds: int) -> Table:
    """Return the table of the kinds of state that a trial finds changed."""
    contenders = {
        OURS: partial(_poisoned, "poison_ours", isolation="process"),
        "sweep, --engine serial": partial(_poisoned, "poison_ours", engine="serial"),
        "sweep, isolation: shared": partial(
            _poisoned, "poison_ours", isolation="shared"
        ),
        "Ray Tune": partial(_poisoned, "poison_ray", reuse=False),
        "Ray Tune, reuse_actors": partial(_poisoned, "poison_ray", reuse=True),
    }
    measured = interleaved(contenders, rounds)
    return Table(
        "isolation",
        f"kinds of process state, of {len(KINDS)}, that a trial finds changed by the one before",
        "kinds",
        [Row(name, counts) for name, counts in measured.items()],
        aim="0",
        goals=[Goal(0.0)],
        notes=[f"The kinds: {', '.join(KINDS)}."],
    )


def _poisoned(contender: str, **options: object) -> float:
    """Run a contender; return the number of kinds that its third trial finds changed."""
    output = run(f"benchmarks.contenders.{contender}", options).output
    line = next(line for line in output.splitlines() if line.startswith("found "))
    return float(len(json.loads(line.removeprefix("found "))))


def _costs(trials: int) -> list[Table]:
    """Return the tables of a process's cost, one for each kind of trial."""
    tables = []
    for kind, limit in COSTS.items():
        options = {"kind": kind, "trials": trials}
        times = run("benchmarks.contenders.trial_cost", options).result()
        in_place, process = np.array(times["in place"]), np.array(times["process"])
        beyond = process - in_place
        tables.append(
            Table(
                "isolation",
                f"{kind}: a trial in a process of its own, beyond one in place",
                "ms",
                [
                    Row("sweep, to the first report", list(beyond[:, 0])),
                    Row(OURS, list(beyond[:, 1])),
                    Row("the trial in place, whole", list(in_place[:, 1])),
                ],
                aim=f"≤ {limit:g} ms from the second trial on",
                goals=[Goal(limit)],
            )
        )
    return tables
