"""Epochs until searches are as good as 100 random trials, on tasks from outside this project.

The tasks are those of `benchmarks.external_tasks`. Their data are not part of this repository;
`--tasks FOLDER` or the environment variable `BENCHMARK_TASKS` names their folder. Runs are saved to
a file (`--keep FILE`, `BENCHMARK_RUNS`). The part adds the runs that the file does not have, for at
most `--minutes`, and shows all of them.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks import external_runs, paired
from benchmarks.external_runs import CAP, CONTENDERS, Run
from benchmarks.external_tasks import HELD_OUT, TUNED_ON, Task
from benchmarks.result import OURS, Goal, Row, Table

SEEDS = 20
PACKAGES = {"DEHB": "dehb", "SMAC": "smac", "BOHB (Syne Tune)": "syne_tune"}
PEERS = (
    "sweep, random + asha",
    "Optuna, multivariate TPE + hyperband",
    "Optuna, TPE + successive halving",
    *PACKAGES,
)


def measure(quick: bool) -> list[Table]:
    """Return the full trainings until the level, over all tasks and for each.

    Raises:
        RuntimeError: no folder is named, the data do not exist, or onnxruntime is not installed.
    """
    folder = os.environ.get("BENCHMARK_TASKS")
    if not folder:
        raise RuntimeError(
            "the tasks' data are not part of this repository: name their folder with --tasks"
        )
    missing = [name for name, package in PACKAGES.items() if not _installed(package)]
    contenders = [name for name in CONTENDERS if name not in missing]
    lengths = {name: Task(name, Path(folder)).epochs for name in (*TUNED_ON, *HELD_OUT)}
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(os.environ.get("BENCHMARK_RUNS") or f"{scratch}/runs.jsonl")
        seeds = range(1 if quick else SEEDS)
        minutes = float(os.environ.get("BENCHMARK_MINUTES", "25"))
        tasks = (*HELD_OUT, *TUNED_ON)
        external_runs.add(Path(folder), file, contenders, tasks, seeds, minutes)
        runs = external_runs.kept(file)
    notes = [f"Not installed and not compared: {', '.join(missing)}."] * bool(missing)
    sets = {
        "tasks that nothing was tuned on": HELD_OUT,
        "tasks that settings were tuned on": TUNED_ON,
    }
    tables = []
    for title, tasks in sets.items():
        chosen = [run for run in runs if run.task in tasks]
        if chosen:
            tables += [
                _overall(title, chosen, lengths, notes),
                _by_task(title, chosen, lengths),
            ]
    return tables


def _spent(
    runs: Sequence[Run], lengths: Mapping[str, int]
) -> dict[str, dict[tuple[str, int], float]]:
    """Return contender → task and seed → full trainings, in the order of `CONTENDERS`."""
    spent: dict[str, dict[tuple[str, int], float]] = {name: {} for name in CONTENDERS}
    for run in runs:
        if run.contender in spent:
            trainings = run.epochs / lengths[run.task]
            spent[run.contender][run.task, run.seed] = trainings
    return {name: of_pairs for name, of_pairs in spent.items() if of_pairs}


def _overall(
    title: str, runs: Sequence[Run], lengths: Mapping[str, int], notes: Sequence[str]
) -> Table:
    """Return the table of all contenders over all tasks."""
    spent = _spent(runs, lengths)
    ranked = paired.ranks(spent)
    rows = []
    for name, of_pairs in spent.items():
        trainings = list(of_pairs.values())
        reached = [run.reached for run in runs if run.contender == name]
        notes_of_row = [f"geometric mean {paired.geometric_mean(trainings):.3g}"]
        if name != OURS and of_pairs.keys() & spent[OURS].keys():
            notes_of_row.append(f"paired × {paired.ratio(of_pairs, spent[OURS])}")
        if name in ranked:
            notes_of_row.append(f"mean rank {ranked[name]}")
        notes_of_row.append(f"reached in {sum(reached)} of {len(reached)}")
        rows.append(Row(name, trainings, "; ".join(notes_of_row)))
    return Table(
        "external",
        f"{title}: full trainings until as good as the best of 100 random ones, without noise",
        "full trainings",
        rows,
        aim="≤ ½ of the best peer's, with an interval below 0.6",
        goals=[Goal(0.5, against=PEERS)],
        notes=[
            f"{len({run.task for run in runs})} tasks, {len({run.seed for run in runs})} seeds.",
            f"A search that needs more than {CAP} full trainings counts with them.",
            "Intervals: 95 %, tasks drawn again and seeds within them.",
            "Ranks are over the pairs that all ran.",
            *_against_best_peer(spent),
            *notes,
        ],
    )


def _against_best_peer(spent: Mapping[str, paired.Spent]) -> Iterator[str]:
    """Our epochs in shares of those of the peer that needs fewest; nothing without a peer."""
    ours = spent.get(OURS, {})
    comparable = {name: own for name, own in spent.items() if own.keys() & ours.keys()}
    best = _best_peer(_means(comparable))
    if best is not None:
        ratio = paired.ratio(ours, spent[best])
        yield f"{OURS} took {ratio} of the epochs of {best}, the best peer."


def _means(spent: Mapping[str, paired.Spent]) -> dict[str, float]:
    """Contender → the geometric mean of its full trainings; without those that ran nothing."""
    ran = {name: list(trainings.values()) for name, trainings in spent.items()}
    return {
        name: paired.geometric_mean(values) for name, values in ran.items() if values
    }


def _best_peer(means: Mapping[str, float]) -> str | None:
    """The peer with the smallest mean; None if there is no peer."""
    peers = [name for name in PEERS if name in means]
    return min(peers, key=means.__getitem__, default=None)


def _by_task(title: str, runs: Sequence[Run], lengths: Mapping[str, int]) -> Table:
    """Return the table of this project against the best peer of each task."""
    spent = _spent(runs, lengths)
    rows = []
    for task in dict.fromkeys(run.task for run in runs):
        on_task = {
            name: {pair: value for pair, value in of_pairs.items() if pair[0] == task}
            for name, of_pairs in spent.items()
        }
        means = _means(on_task)
        best = _best_peer(means)
        if OURS not in means or best is None:
            continue
        note = f"{OURS} {means[OURS]:.3g}, {best} {means[best]:.3g}"
        rows.append(Row(task, [means[OURS] / means[best]], note))
    return Table(
        "external",
        f"{title}: {OURS} against the best peer of each, geometric means",
        "× best peer",
        rows,
        aim="never above 1.2",
        reference="",
    )


def _installed(package: str) -> bool:
    """Return whether a package is installed, without importing it."""
    return importlib.util.find_spec(package) is not None
