"""The tables over tasks: what each arm does on each task and on all, and descriptions beside it.

The change on each task comes from one family over arms and tasks (`sweep.statistics.family`); the
change over tasks is for the target that the study states, each arm at its share of the error.
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
from sweep.search import joint_search
from sweep.statistics.contrast import Contrast
from sweep.statistics.family import compare
from sweep.statistics.task_ranks import (
    FEWEST_TASKS,
    CriticalDifference,
    average_ranks,
    critical_difference,
    wins_ties_losses,
)

Array = npt.NDArray[np.float64]


def tasks_tables(evidence: Evidence) -> list[Table]:
    """One row an arm, one column a task; no table without several tasks."""
    over = over_tasks(evidence)
    return [] if over is None or len(over.on) < 2 else [_table(evidence, over)]


def _table(evidence: Evidence, over: OverTasks) -> Table:
    notes = Notes()
    changes = _changes_on_tasks(evidence, over)
    ranks = _ranks(over)
    found = critical(over, evidence)
    verdicts = tasks_verdict.verdicts_over_tasks(evidence, over)
    sequential = looks.is_sequential(evidence.history)
    relative = evidence.history.spec.report.scale == "each"
    rows = []
    for arm in over.arms:
        row = [Cell(arm, {"": arm})]
        row += [tasks_verdict.verdict(verdicts, arm)] if verdicts else []
        row += [_mean(over, task, arm, notes) for task in over.on]
        row += [_change(over, changes, task, arm) for task in over.on]
        if sequential:
            row += tasks_verdict.look(over, verdicts, arm, notes, relative=relative)
        else:
            row.append(_over_all(evidence, over, arm, notes))
        row += [_wins(over, arm, notes), _rank(over, ranks, arm)]
        if found is not None:
            row.append(_p(over, found, arm))
        rows.append(tuple(row))
    _explain(evidence, over, notes, found)
    explain_reading(evidence, over.metric, notes)
    tasks_verdict.explain(evidence, over, verdicts, notes)
    columns = _columns(evidence, over, found, verdicts=bool(verdicts))
    title = f"{over.metric} over {len(over.on)} tasks: mean ± standard deviation over {_runs(over)}"
    return Table("tasks", title, tuple(columns), tuple(rows), notes.all())


def _columns(
    evidence: Evidence,
    over: OverTasks,
    found: CriticalDifference | None,
    *,
    verdicts: bool,
) -> list[Column]:
    level = f"[{evidence.confidence:.0%} CI]"
    better = arrow(evidence.history, over.metric)
    columns = [Column("arm", "Arm", "left")]
    columns += [Column("verdict", "Verdict", "left")] if verdicts else []
    columns += [Column(f"{task}.mean", f"{task} {better}") for task in over.on]
    if looks.is_sequential(evidence.history):
        columns += [Column(f"{task}.change", f"Δ {task}") for task in over.on]
        columns.append(
            Column("change", f"Δ over tasks [repeated {evidence.confidence:.0%} CI]")
        )
        columns.append(Column("look", "Judged at"))
    else:
        columns += [Column(f"{task}.change", f"Δ {task} {level}") for task in over.on]
        columns.append(Column("change", f"Δ over tasks {level}"))
    columns += [Column("wins", "Wins/ties/losses"), Column("rank", "Average rank")]
    if found is not None:
        columns.append(Column("p", "p (Wilcoxon, Holm)"))
    return columns


def _runs(over: OverTasks) -> str:
    most = max(
        len(values) for of_task in over.values.values() for values in of_task.values()
    )
    unit = "fold" if over.folds else "seed"
    return f"{most} {unit}{'s' if most != 1 else ''}"


# --------------------------------------------------------------------------- cells


def _mean(over: OverTasks, task: str, arm: str, notes: Notes) -> Cell:
    planned = over.values[task][arm]
    values = planned[np.isfinite(planned)]
    if not len(values):
        return Cell(numbers.MISSING, {"mean": None, "sd": None, "n": 0})
    sd = float(np.std(values, ddof=1)) if len(values) > 1 else math.nan
    mean = float(np.mean(values))
    said: dict[str, Value] = {"mean": mean, "sd": sd, "n": len(values)}
    marks: tuple[str, ...] = ()
    if len(values) < len(planned):
        unit = "folds" if over.folds else "seeds"
        marks = (
            notes.mark(f"{len(values)} of {len(planned)} {unit} have a complete run"),
        )
    return Cell(numbers.spread(mean, sd), said, over.trials[task][arm], marks)


def _changes_on_tasks(
    evidence: Evidence, over: OverTasks
) -> dict[tuple[str, str], Contrast]:
    """Task and arm → its change, all of them one family; none where looks stopped the arms."""
    if looks.is_sequential(evidence.history):
        return {}
    pairs = []
    for task in over.on:
        for arm, reference in over.references.items():
            same = reference is not None and same_on_task(over, task, arm)
            if reference is not None and not same:
                pairs.append((task, arm, reference))
    if not pairs:
        return {}
    arms = np.column_stack([over.values[task][arm] for task, arm, _ in pairs])
    references = np.column_stack([over.values[task][ref] for task, _, ref in pairs])
    ratio = overlap(evidence, [over.metric])
    family = compare(
        arms, references, confidence=evidence.confidence, test_to_train=ratio
    )
    keys = [(task, arm) for task, arm, _ in pairs]
    return dict(zip(keys, family.contrasts, strict=True))


def _change(
    over: OverTasks, changes: dict[tuple[str, str], Contrast], task: str, arm: str
) -> Cell:
    if over.references[arm] is None:
        return EMPTY
    if same_on_task(over, task, arm):
        return Cell(f"= {over.references[arm]}")
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
    return Cell(text, values, over.behind(arm, task))


def _mean_change(over: OverTasks, task: str, arm: str) -> Cell:
    """A change without an interval: one on a single task would ignore the looks."""
    here, there = over.pairs(task, arm)
    if not len(here):
        return Cell(numbers.MISSING, {"mean": None, "n": 0})
    mean = float(np.mean(here - there))
    values: dict[str, Value] = {"mean": mean, "n": len(here)}
    sd = float(np.std(here - there, ddof=1)) if len(here) > 1 else math.nan
    text = numbers.change(mean, math.nan, math.nan, sd)
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
    marks = [
        notes.mark(text) for text in (*answer.remarks, answer.change.warning) if text
    ]
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


def _wins(over: OverTasks, arm: str, notes: Notes) -> Cell:
    """Tasks by the sign of the change that stands in the row; those without a pair are named."""
    reference = over.references[arm]
    if reference is None:
        return EMPTY
    changes: list[float] = []
    without: list[str] = []
    for task in over.on:
        here, there = over.pairs(task, arm)
        if len(here):
            changes.append(float(np.mean(here - there)))
        else:
            without.append(f"{task} ({_why_no_pair(over, task, arm, reference)})")
    marks = (notes.mark(_left_out_text(over, without)),) if without else ()
    if not changes:
        return Cell(numbers.MISSING, {"": None, "left_out": len(without)}, marks=marks)
    found = wins_ties_losses(changes, np.zeros(len(changes)), over.goal)
    values: dict[str, Value] = {
        "": found.wins,
        "ties": found.ties,
        "losses": found.losses,
        "left_out": len(without),
    }
    text = f"{found.wins}/{found.ties}/{found.losses}"
    return Cell(text, values, over.behind(arm), marks)


def _left_out_text(over: OverTasks, without: Sequence[str]) -> str:
    unit = "fold" if over.folds else "seed"
    return (
        f"Wins/ties/losses leave out {len(without)} of {len(over.on)} tasks, on which no "
        f"{unit} has a complete run of both: {', '.join(without)}"
    )


def _why_no_pair(over: OverTasks, task: str, arm: str, reference: str) -> str:
    """How many values the two arms have there; the metric may be missing where runs are not."""
    counts = []
    for name in (arm, reference):
        count = int(np.isfinite(over.values[task][name]).sum())
        counts.append(f"{name}: {count}")
    return ", ".join(counts)


def ranked_arms(over: OverTasks) -> tuple[str, ...]:
    """The arms with a run on every task: only they can be ranked against each other."""
    means = over.means()
    complete = [
        bool(np.isfinite(means[:, column]).all()) for column in range(len(over.arms))
    ]
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
    trials = {
        n for of_task in over.trials.values() for own in ranks for n in of_task[own]
    }
    return Cell(numbers.plain(ranks[arm], 2), {"": ranks[arm]}, tuple(sorted(trials)))


def critical(over: OverTasks, evidence: Evidence) -> CriticalDifference | None:
    """Ranks and pairwise tests of `ranked_arms`; None below six tasks or two such arms, and where
    looks stopped the arms.
    """
    if looks.is_sequential(evidence.history):
        return None
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
    sequential = looks.is_sequential(evidence.history)
    on_a_task = f"Δ on a task: arm minus its reference, paired by {paired}"
    if sequential:
        notes.add(f"{on_a_task}; without an interval, which would ignore the looks")
    else:
        notes.add(
            f"{on_a_task}; the intervals of all arms and tasks hold together with "
            f"{evidence.confidence:.0%} confidence"
        )
    what = "relative changes, since each task has a scale of its own"
    if report.scale == "one":
        what = "changes as they are, since the study says that all tasks have one scale"
    share = ""
    if compared > 1 and not sequential:
        share = f"; the intervals of {compared} arms hold together"
    notes.add(f"Δ over tasks: mean of the {what}; {_TARGETS[report.tasks]}{share}")
    if report.tasks == "these":
        notes.add(f"Δ over tasks: {uncorrected_scope(evidence.history, [over.metric])}")
    notes.add(
        "Wins/ties/losses: tasks on which the mean of the paired changes is for the arm, zero and "
        f"against it. Average rank: among the {len(ranked_arms(over))} arms that have runs on "
        "every task, 1 is best"
    )
    if evidence.history.spec.search is not None:
        searched = (
            "Each task was searched on its own: what an arm leaves open differs between"
            " tasks"
        )
        if joint_search.is_joint(evidence.history.spec):
            searched = "One search chose for all tasks: what an arm leaves open is the same on each"
        notes.add(searched)
    if found is None and not sequential:
        notes.add(
            f"No test over tasks by ranks: Wilcoxon's needs {FEWEST_TASKS} tasks to find anything "
            f"at 0.05, and there are {len(over.on)}"
        )
    if found is not None:
        notes.add(
            "p: Wilcoxon's signed-rank test over the tasks' means, Holm-adjusted over all pairs of "
            "arms (Benavoli et al. 2016)"
        )


_TARGETS = {
    "these": "for these very tasks: the error is that of the seeds (stratified t)",
    "like_these": "for tasks like these: the error is how much the tasks differ (t on their means)",
}
