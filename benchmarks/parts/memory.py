"""Memory of the driver and of a worker with its template process and trial, while trials run.

The comparisons are trials that share the worker's process, and Ray Tune with reused actors. The
figures are proportional memory: a page that several processes share is divided among them, so that
their memory can be added. Each figure is the largest at one moment.
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
# Processes of Ray itself whose names begin with `ray::` too.
_SYSTEM = ("IDLE", "Agent", "ServeController")


@dataclass(frozen=True)
class Group:
    """One worker and its descendants at one moment, in MiB of proportional memory.

    Attributes:
        worker: Ray's process, which trains if there is no template.
        template: the process from which trials are forked.
        trial: the trial's process and those that it started.
    """

    worker: float = 0.0
    template: float = 0.0
    trial: float = 0.0

    @property
    def whole(self) -> float:
        """Return the memory of all of them together."""
        return self.worker + self.template + self.trial


def measure(quick: bool) -> list[Table]:
    """Return the MiB of the driver, and of the largest worker with its descendants."""
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
    drivers: dict[str, list[float]] = {}
    groups: dict[str, list[Group]] = {}
    whole: dict[str, list[float]] = {}
    for name, runs in interleaved(contenders, rounds).items():
        drivers[name] = [driver(run.snapshots) for run in runs]
        groups[name] = [largest_group(run.snapshots) for run in runs]
        whole[name] = [group.whole for group in groups[name]]
    what = f"proportional memory, {trials} trials of clip on two workers"
    return [
        _table(f"driver, {what}", drivers),
        _table(f"a worker with its template and trial, {what}", whole),
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
    """Run a contender and record the memory of its processes."""
    return run(f"benchmarks.contenders.{contender}", options, watch=True)


def _table(title: str, values: dict[str, list[float]]) -> Table:
    """Return a table of all contenders."""
    return Table(
        "memory",
        title,
        "MiB",
        [Row(name, of_rounds) for name, of_rounds in values.items()],
        aim="not above Ray Tune's",
        goals=[Goal(1.0, against=[RAY])],
    )


def driver(snapshots: Sequence[Sequence[Process]]) -> float:
    """Return the largest memory of the process that was started."""
    largest = 0.0
    for processes in snapshots:
        for process in processes:
            if "benchmarks.contenders" in process.name:
                largest = max(largest, process.pss)
    return largest


def largest_group(snapshots: Sequence[Sequence[Process]]) -> Group:
    """Return the worker that has the most memory together with its descendants.

    Raises:
        RuntimeError: there was no worker.
    """
    groups = []
    for processes in snapshots:
        workers = [process for process in processes if _is_worker(process)]
        groups += [_group(worker, processes) for worker in workers]
    if not groups:
        raise RuntimeError("no worker was seen while the trials ran")
    return max(groups, key=lambda group: group.whole)


def _is_worker(process: Process) -> bool:
    """Return whether a process is a worker of Ray that runs an actor or a task."""
    if any(name in process.name for name in _SYSTEM):
        return False
    return process.name.startswith("ray::")


def _group(worker: Process, processes: Sequence[Process]) -> Group:
    """Return a worker, its children (templates) and their descendants (trials)."""
    templates = _children([worker], processes)
    trials, generation = 0.0, _children(templates, processes)
    while generation:
        trials += _pss(generation)
        generation = _children(generation, processes)
    return Group(worker.pss, _pss(templates), trials)


def _children(
    parents: Sequence[Process], processes: Sequence[Process]
) -> list[Process]:
    """Return the processes whose parent is one of these."""
    pids = {parent.pid for parent in parents}
    return [process for process in processes if process.parent in pids]


def _pss(processes: Sequence[Process]) -> float:
    """Return the proportional memory of all processes together."""
    return sum(process.pss for process in processes)
