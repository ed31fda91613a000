"""The table over tasks: each arm's mean and change on every task, and its change over all.

The changes on single tasks are one family over arms and tasks (`sweep.statistics.family`). The
change over tasks is for the target that the study states, with the error level shared among arms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sweep.ablation import looks
from sweep.report import numbers, tasks_verdict
from sweep.report.comparisons import overlap
from sweep.report.evidence import Evidence, arrow
from sweep.report.explanations import explain_reading, uncorrected_scope
from sweep.report.pooled_change import pooled, same_on_task
from sweep.report.table import EMPTY, Cell, Column, Notes, Table, Value
from sweep.report.task_evidence import OverTasks, over_tasks
from sweep.report.tasks_ranking import critical, ranked_arms, ranks_of
from sweep.search import joint_search
from sweep.statistics.contrast import Contrast
from sweep.statistics.family import compare
from sweep.statistics.task_ranks import (
    FEWEST_TASKS,
    CriticalDifference,
    wins_ties_losses,
)

Array = npt.NDArray[np.float64]


def tasks_tables(evidence: Evidence) -> list[Table]:
    """One row per arm, one column per task; no table with fewer than two tasks."""
    over = over_tasks(evidence)
    if over is None or len(over.on) < 2:
        return []
    return [_table(evidence, over)]


def _table(evidence: Evidence, over: OverTasks) -> Table:
    """Build the table."""
    notes = Notes()
    changes = _changes_on_tasks(evidence, over)
    ranks = ranks_of(over)
    difference = critical(over, evidence)
    verdicts = tasks_verdict.verdicts_over_tasks(evidence, over)
    sequential = looks.is_sequential(evidence.history)
    relative = evidence.history.spec.report.scale == "each"
    rows = []
    for arm in over.arms:
        row = [Cell(arm, {"": arm})]
        if verdicts:
            row.append(tasks_verdict.verdict(verdicts, arm))
        row += [_mean(over, task, arm, notes) for task in over.on]
        row += [_change(over, changes, task, arm) for task in over.on]
        if sequential:
            row += tasks_verdict.look(over, verdicts, arm, notes, relative=relative)
        else:
            row.append(_over_all(evidence, over, arm, notes))
        row.append(_wins(over, arm, notes))
        row.append(_rank(over, ranks, arm))
        if difference is not None:
            row.append(_p(over, difference, arm))
        rows.append(tuple(row))
    _explain(evidence, over, notes, difference)
    explain_reading(evidence, over.metric, notes)
    tasks_verdict.explain(evidence, over, verdicts, notes)
    columns = _columns(evidence, over, difference, verdicts=bool(verdicts))
    title = f"{over.metric} over {len(over.on)} tasks: mean ± standard deviation over {_runs(over)}"
    return Table("tasks", title, tuple(columns), tuple(rows), notes.all())


def _columns(
    evidence: Evidence,
    over: OverTasks,
    difference: CriticalDifference | None,
    *,
    verdicts: bool,
) -> list[Column]:
    """The columns, in the order of the cells that `_table` builds."""
    level = f"{evidence.confidence:.0%} CI"
    better = arrow(evidence.history, over.metric)
    columns = [Column("arm", "Arm", "left")]
    if verdicts:
        columns.append(Column("verdict", "Verdict", "left"))
    columns += [Column(f"{task}.mean", f"{task} {better}") for task in over.on]
    if looks.is_sequential(evidence.history):
        columns += [Column(f"{task}.change", f"Δ {task}") for task in over.on]
        columns.append(Column("change", f"Δ over tasks [repeated {level}]"))
        columns.append(Column("look", "Judged at"))
    else:
        columns += [Column(f"{task}.change", f"Δ {task} [{level}]") for task in over.on]
        columns.append(Column("change", f"Δ over tasks [{level}]"))
    columns.append(Column("wins", "Wins/ties/losses"))
    columns.append(Column("rank", "Average rank"))
    if difference is not None:
        columns.append(Column("p", "p (Wilcoxon, Holm)"))
    return columns


def _runs(over: OverTasks) -> str:
    """The largest number of runs of an arm on a task: `5 seeds`."""
    count = 0
    for of_task in over.values.values():
        count = max(count, *(len(values) for values in of_task.values()))
    unit = "fold" if over.folds else "seed"
    return f"1 {unit}" if count == 1 else f"{count} {unit}s"


# --------------------------------------------------------------------------- cells


def _mean(over: OverTasks, task: str, arm: str, notes: Notes) -> Cell:
    """The cell of an arm's mean on a task, marked if a planned run is not complete."""
    planned = over.values[task][arm]
    values = planned[np.isfinite(planned)]
    if not len(values):
        return Cell(numbers.MISSING, {"mean": None, "sd": None, "n": 0})
    mean = float(np.mean(values))
    sd = _standard_deviation(values)
    parts: dict[str, Value] = {"mean": mean, "sd": sd, "n": len(values)}
    marks: tuple[str, ...] = ()
    if len(values) < len(planned):
        unit = "folds" if over.folds else "seeds"
        text = f"{len(values)} of {len(planned)} {unit} have a complete run"
        marks = (notes.mark(text),)
    return Cell(numbers.spread(mean, sd), parts, over.trials[task][arm], marks)


def _standard_deviation(values: Array) -> float:
    """The standard deviation of a sample (n,); NaN for a single value."""
    if len(values) < 2:
        return math.nan
    return float(np.std(values, ddof=1))


def _changes_on_tasks(
    evidence: Evidence, over: OverTasks
) -> dict[tuple[str, str], Contrast]:
    """(task, arm) → its change, all as one family; empty for an ablation with looks."""
    if looks.is_sequential(evidence.history):
        return {}
    keys: list[tuple[str, str]] = []
    arm_values: list[Array] = []
    reference_values: list[Array] = []
    for task in over.on:
        for arm, reference in over.references.items():
            if reference is None or same_on_task(over, task, arm):
                continue
            keys.append((task, arm))
            arm_values.append(over.values[task][arm])
            reference_values.append(over.values[task][reference])
    if not keys:
        return {}
    family = compare(
        np.column_stack(arm_values),
        np.column_stack(reference_values),
        confidence=evidence.confidence,
        test_to_train=overlap(evidence, [over.metric]),
    )
    return dict(zip(keys, family.contrasts, strict=True))


def _change(
    over: OverTasks, changes: dict[tuple[str, str], Contrast], task: str, arm: str
) -> Cell:
    """The cell of an arm's change on a task.

    Args:
        over: every arm on every task.
        changes: (task, arm) → the change; empty for an ablation with looks.
        task: its name.
        arm: its name.
    """
    reference = over.references[arm]
    if reference is None:
        return EMPTY
    if same_on_task(over, task, arm):
        return Cell(f"= {reference}")
    if (task, arm) not in changes:
        return _mean_change(over, task, arm)
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
    return Cell(text, values, over.paired_trials(arm, task))


def _mean_change(over: OverTasks, task: str, arm: str) -> Cell:
    """A change without an interval, as one on a single task would ignore the looks."""
    arm_values, reference_values = over.pairs(task, arm)
    differences = arm_values - reference_values
    if not len(differences):
        return Cell(numbers.MISSING, {"mean": None, "n": 0})
    mean = float(np.mean(differences))
    sd = _standard_deviation(differences)
    text = numbers.change(mean, math.nan, math.nan, sd)
    values: dict[str, Value] = {"mean": mean, "n": len(differences)}
    return Cell(text, values, over.paired_trials(arm, task))


def _over_all(evidence: Evidence, over: OverTasks, arm: str, notes: Notes) -> Cell:
    """The change over all tasks, or the reason why there is none."""
    if over.references[arm] is None:
        return EMPTY
    answer = pooled(evidence, over, arm)
    if answer.change is None:
        mark = notes.mark(answer.why)
        return Cell(numbers.MISSING, {"mean": None}, marks=(mark,))
    caveats = (*answer.remarks, answer.change.warning)
    marks = tuple(notes.mark(text) for text in caveats if text)
    interval = answer.change.interval
    relative = evidence.history.spec.report.scale == "each"
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
    text = numbers.change(
        scale * interval.mean, scale * interval.low, scale * interval.high
    )
    if relative:
        text += " %"
    return Cell(text, values, over.paired_trials(arm), marks)


def _wins(over: OverTasks, arm: str, notes: Notes) -> Cell:
    """Tasks by the sign of the change that stands in the row; those without a pair are named."""
    reference = over.references[arm]
    if reference is None:
        return EMPTY
    changes: list[float] = []
    unpaired: list[str] = []
    for task in over.on:
        arm_values, reference_values = over.pairs(task, arm)
        if len(arm_values):
            change = np.mean(arm_values - reference_values)
            changes.append(float(change))
        else:
            reason = _why_no_pair(over, task, arm, reference)
            unpaired.append(f"{task} ({reason})")
    marks: tuple[str, ...] = ()
    if unpaired:
        marks = (notes.mark(_left_out_text(over, unpaired)),)
    if not changes:
        return Cell(numbers.MISSING, {"": None, "left_out": len(unpaired)}, marks=marks)
    outcome = wins_ties_losses(changes, np.zeros(len(changes)), over.goal)
    values: dict[str, Value] = {
        "": outcome.wins,
        "ties": outcome.ties,
        "losses": outcome.losses,
        "left_out": len(unpaired),
    }
    text = f"{outcome.wins}/{outcome.ties}/{outcome.losses}"
    return Cell(text, values, over.paired_trials(arm), marks)


def _left_out_text(over: OverTasks, unpaired: Sequence[str]) -> str:
    """The note on tasks without a pair, each with its reason."""
    unit = "fold" if over.folds else "seed"
    return (
        f"Wins/ties/losses leave out {len(unpaired)} of {len(over.on)} tasks, on which no "
        f"{unit} has a complete run of both: {', '.join(unpaired)}"
    )


def _why_no_pair(over: OverTasks, task: str, arm: str, reference: str) -> str:
    """How many values each of the two arms has on the task; a complete run may lack the metric."""
    counts = []
    for name in (arm, reference):
        is_finite = np.isfinite(over.values[task][name])
        counts.append(f"{name}: {int(is_finite.sum())}")
    return ", ".join(counts)


def _rank(over: OverTasks, ranks: dict[str, float], arm: str) -> Cell:
    """The cell of an arm's average rank, which depends on the trials of all ranked arms."""
    if arm not in ranks:
        return Cell(numbers.MISSING, {"": None})
    trials: set[int] = set()
    for of_task in over.trials.values():
        for ranked in ranks:
            trials.update(of_task[ranked])
    rank = ranks[arm]
    return Cell(numbers.plain(rank, 2), {"": rank}, tuple(sorted(trials)))


def _p(over: OverTasks, difference: CriticalDifference, arm: str) -> Cell:
    """The cell of the p-value of an arm against its reference."""
    reference = over.references[arm]
    if reference is None:
        return EMPTY
    arms = ranked_arms(over)
    if arm not in arms or reference not in arms:
        return Cell(numbers.MISSING, {"": None})
    pair = arms.index(arm), arms.index(reference)
    p = float(difference.p[pair])
    return Cell(numbers.p_value(p), {"": p}, over.paired_trials(arm))


# --------------------------------------------------------------------------- notes


def _explain(
    evidence: Evidence,
    over: OverTasks,
    notes: Notes,
    difference: CriticalDifference | None,
) -> None:
    """Notes on the columns, in their order."""
    _explain_task_changes(evidence, over, notes)
    _explain_change_over_tasks(evidence, over, notes)
    notes.add(
        "Wins/ties/losses: tasks on which the mean of the paired changes is for the arm, zero and "
        f"against it. Average rank: among the {len(ranked_arms(over))} arms that have runs on "
        "every task, 1 is best"
    )
    if evidence.history.spec.search is not None:
        _explain_search(evidence, notes)
    if difference is not None:
        notes.add(
            "p: Wilcoxon's signed-rank test over the tasks' means, Holm-adjusted over all pairs of "
            "arms (Benavoli et al. 2016)"
        )
    elif not looks.is_sequential(evidence.history):
        notes.add(
            f"No rank test over tasks: with fewer than {FEWEST_TASKS} tasks Wilcoxon's test cannot "
            f"reach p < 0.05, and there are {len(over.on)}"
        )


def _explain_search(evidence: Evidence, notes: Notes) -> None:
    """Add a note that says whether tasks have the same searched values."""
    text = (
        "Each task was searched separately: parameters that an arm does not set differ"
        " between tasks"
    )
    if joint_search.is_joint(evidence.history.spec):
        text = (
            "One search chose for all tasks: parameters that an arm does not set are the same"
            " on each"
        )
    notes.add(text)


def _explain_task_changes(evidence: Evidence, over: OverTasks, notes: Notes) -> None:
    """Add a note on the changes on single tasks: what is paired, and what the intervals cover."""
    paired = "fold, seeds of a fold averaged" if over.folds else "seed"
    text = f"Δ on a task: arm minus its reference, paired by {paired}"
    if looks.is_sequential(evidence.history):
        notes.add(f"{text}; without an interval, which would ignore the looks")
    else:
        notes.add(
            f"{text}; the intervals of all arms and tasks hold together with "
            f"{evidence.confidence:.0%} confidence"
        )


def _explain_change_over_tasks(
    evidence: Evidence, over: OverTasks, notes: Notes
) -> None:
    """Add notes on the change over tasks: what is averaged, and for which tasks it holds."""
    report = evidence.history.spec.report
    averaged = "relative changes, as each task has its own scale"
    if report.scale == "one":
        averaged = "absolute changes, as the study states that all tasks have one scale"
    compared = sum(reference is not None for reference in over.references.values())
    share = ""
    if compared > 1 and not looks.is_sequential(evidence.history):
        share = f"; the intervals of {compared} arms hold together"
    notes.add(f"Δ over tasks: mean of the {averaged}; {_TARGETS[report.tasks]}{share}")
    if report.tasks == "these":
        scope = uncorrected_scope(evidence.history, [over.metric])
        notes.add(f"Δ over tasks: {scope}")


_TARGETS = {
    "these": "for these tasks only: the error is that of the seeds (stratified t)",
    "like_these": "for tasks like these: the error is the spread between tasks (t on their means)",
}
