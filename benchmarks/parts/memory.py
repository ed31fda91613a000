"""Memory of the driver, and of a worker with its template process and its trial, while real trials
run; against trials that share the worker's process, and Ray Tune with reused actors.

Proportional memory: pages that several processes share are divided among them, so that the
memory of processes can be added. Each figure is the largest seen at one moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.machine import Process
from benchmarks.parts.ablation import METRIC
from benchmarks.parts.wall import STUDIES
from benchmarks.result import OURS, Goal, Row, Table
from benchmarks.running import Run, interleaved, run

SHARED = "sweep, isolation: shared"
RAY = "Ray Tune, reuse_actors"
_SYSTEM = (
    "IDLE",
    "Agent",
    "ServeController",
)  # processes of Ray's own that carry its name


@dataclass(frozen=True)
class Group:
    """One worker and what descends from it, at one moment, in MiB of proportional memory.

    Attributes:
        worker: Ray's process, which trains where there is no template.
        template: the process that trials are forked from.
        trial: the trial's process, and those that it started.
    """

    worker: float = 0.0
    template: float = 0.0
    trial: float = 0.0

    @property
    def whole(self) -> float:
        """Of all of them together."""
        return self.worker + self.template + self.trial


def measure(quick: bool) -> list[Table]:
    """MiB of the driver and of the largest worker with all that belongs to it."""
    trials, rounds = (4, 1) if quick else (8, 3)
    study = STUDIES["clip"].format(trials=trials, epochs=5)
    grid = {
        "trainer": "clip",
        "common": {"epochs": 5},
        "arms": [{"loss_type": "standard"}, {"loss_type": "focal"}],
        "seeds": list(range(trials // 2)),
        "metric": METRIC,
        "reuse": True,
    }
    shared = study.replace("max_concurrent: 2", "max_concurrent: 2, isolation: shared")
    contenders = {
        OURS: partial(_watched, "real_ours", {"study": study}),
        SHARED: partial(_watched, "real_ours", {"study": shared}),
        RAY: partial(_watched, "ray_grid", grid),
    }
    found = interleaved(contenders, rounds)
    drivers = {name: [driver(r.looks) for r in runs] for name, runs in found.items()}
    groups = {
        name: [largest_group(r.looks) for r in runs] for name, runs in found.items()
    }
    what = f"proportional memory, {trials} trials of clip on two workers"
    return [
        _table(f"driver, {what}", drivers),
        _table(
            f"a worker with its template and trial, {what}",
            {name: [group.whole for group in seen] for name, seen in groups.items()},
        ),
        Table(
            "memory",
            f"which of its processes has it, {what}",
            "MiB",
            [
                Row("Ray's worker", [group.worker for group in groups[OURS]]),
                Row("template", [group.template for group in groups[OURS]]),
                Row("trial", [group.trial for group in groups[OURS]]),
            ],
        ),
    ]


def _watched(contender: str, options: dict[str, object]) -> Run:
    return run(f"benchmarks.contenders.{contender}", options, watch=True)


def _table(title: str, found: dict[str, list[float]]) -> Table:
    return Table(
        "memory",
        title,
        "MiB",
        [Row(name, values) for name, values in found.items()],
        aim="not above Ray Tune's",
        goals=[Goal(1.0, against=[RAY])],
    )


def driver(looks: Sequence[Sequence[Process]]) -> float:
    """The largest of the process that was started."""
    return max(
        p.pss for look in looks for p in look if "benchmarks.contenders" in p.name
    )


def largest_group(looks: Sequence[Sequence[Process]]) -> Group:
    """The worker that takes the most together with what descends from it.

    Raises:
        RuntimeError: no worker was seen.
    """
    groups = [
        _group(worker, look) for look in looks for worker in look if _is_worker(worker)
    ]
    if not groups:
        raise RuntimeError("no worker was seen while the trials ran")
    return max(groups, key=lambda group: group.whole)


def _is_worker(process: Process) -> bool:
    return process.name.startswith("ray::") and not any(
        s in process.name for s in _SYSTEM
    )


def _group(worker: Process, look: Sequence[Process]) -> Group:
    """A worker, its children (templates) and what descends from them (trials), at one moment."""
    templates = _children([worker], look)
    trials, young = 0.0, _children(templates, look)
    while young:
        trials += _pss(young)
        young = _children(young, look)
    return Group(worker.pss, _pss(templates), trials)


def _children(parents: Sequence[Process], look: Sequence[Process]) -> list[Process]:
    among = {parent.pid for parent in parents}
    return [process for process in look if process.parent in among]


def _pss(processes: Sequence[Process]) -> float:
    return sum(process.pss for process in processes)
