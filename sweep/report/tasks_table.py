"""The tables over tasks: what each arm does on each task and on all, and descriptions beside it.

The change on each task comes from one family over arms and tasks (`sweep.statistics.family`); the
change over tasks is for the target that the study states, each arm at its share of the error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError
from sweep.report import numbers
from sweep.report.evidence import Evidence, arrow
from sweep.report.table import EMPTY, Cell, Column, Notes, Table, Value
from sweep.report.task_evidence import OverTasks, over_tasks
from sweep.statistics.contrast import Contrast
from sweep.statistics.family import compare
from sweep.statistics.samples import paired_differences
from sweep.statistics.task_change import (
    TaskChange,
    change_over_tasks,
    relative_contrasts,
    task_signs,
)
from sweep.statistics.task_ranks import (
    FEWEST_TASKS,
    CriticalDifference,
    average_ranks,
    critical_difference,
    wins_ties_losses,
)

Array = npt.NDArray[np.float64]


def tasks_tables(evidence: Evidence) -> list[Table]:
    """One row an arm, one column a task; no table without tasks."""
    over = over_tasks(evidence)
    return [] if over is None else [_table(evidence, over)]


def _table(evidence: Evidence, over: OverTasks) -> Table:
    notes = Notes()
    changes = _changes_on_tasks(evidence, over)
    ranks = _ranks(over)
    found = critical(over, evidence)
    rows = []
    for arm in over.arms:
        row = [Cell(arm, {"": arm})]
        row += [_mean(over, task, arm) for task in over.on]
        row += [_change(over, changes, task, arm) for task in over.on]
        row.append(_over_all(evidence, over, arm, notes))
        row += [_wins(over, arm), _rank(over, ranks, arm)]
        if found is not None:
            row.append(_p(over, found, arm))
        rows.append(tuple(row))
    _explain(evidence, over, notes, found)
    columns = _columns(evidence, over, found)
    title = f"{over.metric} over {len(over.on)} tasks: mean ± standard deviation over {_runs(over)}"
    return Table("tasks", title, tuple(columns), tuple(rows), notes.all())


def _columns(evidence: Evidence, over: OverTasks, found: CriticalDifference | None) -> list[Column]:
    level = f"[{evidence.confidence:.0%} CI]"
    better = arrow(evidence.history, over.metric)
    columns = [Column("arm", "Arm", "left")]
    columns += [Column(f"{task}.mean", f"{task} {better}") for task in over.on]
    columns += [Column(f"{task}.change", f"Δ {task} {level}") for task in over.on]
    columns.append(Column("change", f"Δ over tasks {level}"))
    columns += [Column("wins", "Wins/ties/losses"), Column("rank", "Average rank")]
    if found is not None:
        columns.append(Column("p", "p (Wilcoxon, Holm)"))
    return columns


def _runs(over: OverTasks) -> str:
    most = max(len(values) for of_task in over.values.values() for values in of_task.values())
    unit = "fold" if over.folds else "seed"
    return f"{most} {unit}{'s' if most != 1 else ''}"


# --------------------------------------------------------------------------- cells


def _mean(over: OverTasks, task: str, arm: str) -> Cell:
    values = over.values[task][arm]
    values = values[np.isfinite(values)]
    if not len(values):
        return Cell(numbers.MISSING, {"mean": None, "sd": None, "n": 0})
    sd = float(np.std(values, ddof=1)) if len(values) > 1 else math.nan
    mean = float(np.mean(values))
    said: dict[str, Value] = {"mean": mean, "sd": sd, "n": len(values)}
    return Cell(numbers.spread(mean, sd), said, over.trials[task][arm])


def _changes_on_tasks(evidence: Evidence, over: OverTasks) -> dict[tuple[str, str], Contrast]:
    """Task and arm → its change, all of them one family."""
    pairs = []
    for task in over.on:
        for arm, reference in over.references.items():
            same = reference is not None and _same_there(over, task, arm)
            if reference is not None and not same:
                pairs.append((task, arm, reference))
    if not pairs:
        return {}
    arms = np.column_stack([over.values[task][arm] for task, arm, _ in pairs])
    references = np.column_stack([over.values[task][ref] for task, _, ref in pairs])
    ratio = 1 / (len(arms) - 1) if over.folds else None
    family = compare(arms, references, confidence=evidence.confidence, test_to_train=ratio)
    keys = [(task, arm) for task, arm, _ in pairs]
    return dict(zip(keys, family.contrasts, strict=True))


def _same_there(over: OverTasks, task: str, arm: str) -> bool:
    """Whether an arm is its reference's configuration on one task."""
    reference = over.references[arm]
    there = over.on[task]
    known = arm in there.every_arm and reference in there.every_arm
    return known and reference is not None and there.same_configuration(arm, reference)


def _change(over: OverTasks, changes: dict[tuple[str, str], Contrast], task: str, arm: str) -> Cell:
    if over.references[arm] is None:
        return EMPTY
    if _same_there(over, task, arm):
        return Cell(f"= {over.references[arm]}")
    change = changes[task, arm]
    if not change.n:
        return Cell(numbers.MISSING, {"mean": None, "n": 0})
    values: dict[str, Value] = {
        "mean": change.mean,
        "sd": change.sd,
        "n": change.n,
        "low": change.low,
        "high": change.high,
        "p": change.p,
    }
    text = numbers.change(change.mean, change.low, change.high, change.sd)
    return Cell(text, values, over.behind(arm, task))


def _over_all(evidence: Evidence, over: OverTasks, arm: str, notes: Notes) -> Cell:
    """The change over all tasks, or why there is none."""
    if over.references[arm] is None:
        return EMPTY
    relative = evidence.history.spec.report.scale == "each"
    answer = pooled(evidence, over, arm)
    if answer.change is None:
        return Cell(numbers.MISSING, {"mean": None}, marks=(notes.mark(answer.why),))
    interval = answer.change.interval
    marks = [notes.mark(text) for text in (*answer.remarks, answer.change.warning) if text]
    values: dict[str, Value] = {
        "mean": interval.mean,
        "low": interval.low,
        "high": interval.high,
        "p": interval.p,
        "df": interval.df,
        "relative": relative,
        "tasks": answer.change.tasks,
    }
    scale = 100 if relative else 1
    shown = [scale * number for number in (interval.mean, interval.low, interval.high)]
    text = numbers.change(*shown) + (" %" if relative else "")
    return Cell(text, values, over.behind(arm), tuple(marks))


@dataclass(frozen=True)
class Pooled:
    """The change of one arm over all tasks.

    Attributes:
        change: None where it cannot be told.
        why: the reason then.
        remarks: what a reader must know beside it.
    """

    change: TaskChange | None
    why: str = ""
    remarks: tuple[str, ...] = ()


def pooled(evidence: Evidence, over: OverTasks, arm: str) -> Pooled:
    """The change of an arm over all tasks, at its share of the error of the table's arms."""
    report = evidence.history.spec.report
    compared = [name for name, reference in over.references.items() if reference is not None]
    level = 1 - (1 - evidence.confidence) / len(compared)
    if over.folds and report.tasks == "these":
        return Pooled(None, "No change over these tasks: folds of one data set are not independent")
    lacking = [task for task in over.on if not len(over.pairs(task, arm)[0])]
    if lacking:
        where = ", ".join(lacking)
        problem = f"no pair of complete runs with {over.metric} on {where}"
        return Pooled(None, f"{arm}: no change over tasks: {problem}")
    raw: dict[str, Array] = {}
    changes: list[Array] = []
    unchanged: list[str] = []
    task = "all"
    try:
        for task in over.on:
            here, there = over.pairs(task, arm)
            raw[task] = paired_differences(here, there)
            relative = report.scale == "each"
            changes.append(relative_contrasts(here, there) if relative else raw[task])
            if _same_there(over, task, arm):
                unchanged.append(task)
        task = "all"
        change = change_over_tasks(changes, report.tasks, level)
    except UsageError as error:
        return Pooled(None, f"{arm}: no change over tasks: {task}: {error}")
    remarks = [_signs(over, raw, evidence.confidence)]
    if unchanged:
        where = ", ".join(unchanged)
        remarks.append(f"It is its reference's configuration on {where}, where its change is 0")
    return Pooled(change, remarks=tuple(text for text in remarks if text))


def _signs(over: OverTasks, raw: dict[str, Array], confidence: float) -> str:
    """That an average hides opposite changes."""
    signs = task_signs(raw, over.goal, confidence)
    if not signs.differ:
        return ""
    text = f"Better on {', '.join(signs.better)} and worse on {', '.join(signs.worse)}"
    if signs.clearly_differ:
        return f"{text}, beyond the seeds' noise on both sides: the average stands for no task"
    return f"{text}: the average hides that"


def _wins(over: OverTasks, arm: str) -> Cell:
    reference = over.references[arm]
    if reference is None:
        return EMPTY
    table = over.means()
    columns = [over.arms.index(arm), over.arms.index(reference)]
    both = table[:, columns]
    both = both[np.isfinite(both).all(axis=1)]
    if not len(both):
        return Cell(numbers.MISSING)
    found = wins_ties_losses(both[:, 0], both[:, 1], over.goal)
    values: dict[str, Value] = {"": found.wins, "ties": found.ties, "losses": found.losses}
    return Cell(f"{found.wins}/{found.ties}/{found.losses}", values, over.behind(arm))


def ranked_arms(over: OverTasks) -> tuple[str, ...]:
    """The arms with a run on every task: only they can be ranked against each other."""
    means = over.means()
    complete = [bool(np.isfinite(means[:, column]).all()) for column in range(len(over.arms))]
    return tuple(arm for arm, known in zip(over.arms, complete, strict=True) if known)


def _scores(over: OverTasks) -> Array:
    """(tasks, ranked arms): the mean over the runs."""
    columns = [over.arms.index(arm) for arm in ranked_arms(over)]
    return over.means()[:, columns]


def _ranks(over: OverTasks) -> dict[str, float]:
    """Arm → its average rank; none below two arms."""
    arms = ranked_arms(over)
    if len(arms) < 2:
        return {}
    return dict(zip(arms, average_ranks(_scores(over), over.goal), strict=True))


def _rank(over: OverTasks, ranks: dict[str, float], arm: str) -> Cell:
    if arm not in ranks:
        return Cell(numbers.MISSING, {"": None})
    trials = {n for of_task in over.trials.values() for own in ranks for n in of_task[own]}
    return Cell(numbers.plain(ranks[arm], 2), {"": ranks[arm]}, tuple(sorted(trials)))


def critical(over: OverTasks, evidence: Evidence) -> CriticalDifference | None:
    """Ranks and pairwise tests of `ranked_arms`; None below six tasks or two such arms."""
    if len(over.on) < FEWEST_TASKS or len(ranked_arms(over)) < 2:
        return None
    return critical_difference(_scores(over), over.goal, 1 - evidence.confidence)


def _p(over: OverTasks, found: CriticalDifference, arm: str) -> Cell:
    reference, arms = over.references[arm], ranked_arms(over)
    if reference is None:
        return EMPTY
    if arm not in arms or reference not in arms:
        return Cell(numbers.MISSING, {"": None})
    p = float(found.p[arms.index(arm), arms.index(reference)])
    return Cell(numbers.p_value(p), {"": p}, over.behind(arm))


# --------------------------------------------------------------------------- notes


def _explain(
    evidence: Evidence,
    over: OverTasks,
    notes: Notes,
    found: CriticalDifference | None,
) -> None:
    report = evidence.history.spec.report
    compared = sum(reference is not None for reference in over.references.values())
    paired = "fold, seeds of a fold averaged" if over.folds else "seed"
    notes.add(
        f"Δ on a task: arm minus its reference, paired by {paired}; the intervals of all arms and "
        f"tasks hold together with {evidence.confidence:.0%} confidence"
    )
    what = "relative changes, since each task has a scale of its own"
    if report.scale == "one":
        what = "changes as they are, since the study says that all tasks have one scale"
    share = f"; the intervals of {compared} arms hold together" if compared > 1 else ""
    notes.add(f"Δ over tasks: mean of the {what}; {_TARGETS[report.tasks]}{share}")
    notes.add(
        "Wins/ties/losses: tasks on which the arm's mean is better than, equal to and worse than "
        f"its reference's. Average rank: among the {len(ranked_arms(over))} arms that have runs on "
        "every task, 1 is best"
    )
    if evidence.history.spec.search is not None:
        notes.add(
            "Each task was searched on its own: what an arm leaves open differs between tasks"
        )
    if found is None:
        notes.add(
            f"No test over tasks by ranks: Wilcoxon's needs {FEWEST_TASKS} tasks to find anything "
            f"at 0.05, and there are {len(over.on)}"
        )
    else:
        notes.add(
            "p: Wilcoxon's signed-rank test over the tasks' means, Holm-adjusted over all pairs of "
            "arms (Benavoli et al. 2016)"
        )


_TARGETS = {
    "these": "for these very tasks: the error is that of the seeds (stratified t)",
    "like_these": "for tasks like these: the error is how much the tasks differ (t on their means)",
}
