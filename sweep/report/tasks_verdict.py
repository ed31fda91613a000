"""The verdicts of a study over all its tasks, from the same intervals that its table prints."""

from __future__ import annotations

import numpy as np

from sweep.ablation import looks
from sweep.ablation.task_verdicts import (
    fixed_forecast,
    hidden_signs,
    judged,
    task_verdicts,
)
from sweep.ablation.verdicts import ArmVerdict, asked
from sweep.report import numbers
from sweep.report.columns.looks import explain_looks
from sweep.report.columns.verdict import explain_verdicts, verdict_cell
from sweep.report.evidence import Evidence
from sweep.report.pooled_change import level_of
from sweep.report.table import EMPTY, Cell, Notes, Value
from sweep.report.task_evidence import OverTasks


def verdicts_over_tasks(evidence: Evidence, over: OverTasks) -> dict[str, ArmVerdict]:
    """Arm → its verdict over all tasks; empty with one task, or if no verdicts are asked for."""
    history = evidence.history
    if not asked(history) or len(over.on) < 2:
        return {}
    if looks.is_sequential(history):
        return task_verdicts(history)
    return fixed_verdicts(evidence, over)


def fixed_verdicts(evidence: Evidence, over: OverTasks) -> dict[str, ArmVerdict]:
    """Arm → its verdict over all tasks, from a fixed number of seeds, with or without a margin."""
    history, level = evidence.history, level_of(evidence, over)
    verdict_of = {}
    for arm, reference in over.references.items():
        if reference is None or over.is_reference(arm):
            continue
        pairs = {task: over.pairs(task, arm) for task in over.on}
        judgement = judged(history, pairs, level, over.goal)
        planned = max(len(values[arm]) for values in over.values.values())
        forecast = fixed_forecast(history, pairs, judgement, level)
        hides = hidden_signs(pairs, over.goal)
        trials = over.paired_trials(arm)
        verdict_of[arm] = ArmVerdict(
            arm, reference, judgement, planned, (), trials, forecast, hides
        )
    return verdict_of


def verdict(verdict_of: dict[str, ArmVerdict], arm: str) -> Cell:
    """The cell of one arm."""
    return verdict_cell(verdict_of.get(arm))


def look(
    over: OverTasks,
    verdict_of: dict[str, ArmVerdict],
    arm: str,
    notes: Notes,
    *,
    relative: bool,
) -> list[Cell]:
    """An arm's change at its last look, and the number of seeds it was judged from."""
    arm_verdict = verdict_of.get(arm)
    if arm_verdict is None:
        return [EMPTY, EMPTY]
    judgement = arm_verdict.judgement
    scale = 100 if relative else 1
    ends = [
        scale * number for number in (judgement.mean, judgement.low, judgement.high)
    ]
    text = numbers.change(*ends) + (" %" if relative else "")
    values: dict[str, Value] = {
        "mean": judgement.mean,
        "low": judgement.low,
        "high": judgement.high,
        "n": judgement.n,
        "relative": relative,
    }
    hidden = opposite_signs(over, arm)
    marks = (notes.mark(hidden),) if hidden else ()
    trials, count = arm_verdict.trials, arm_verdict.seeds
    change = Cell(text if judgement.n else numbers.MISSING, values, trials, marks)
    seeds = EMPTY
    if count:
        seeds = Cell(f"{count} seeds", {"": count, "pairs": judgement.n}, trials)
    return [change, seeds]


def explain(
    evidence: Evidence, over: OverTasks, verdict_of: dict[str, ArmVerdict], notes: Notes
) -> None:
    """Add the decision rule, what the looks guarantee, and the sentence for a paper."""
    if not verdict_of:
        return
    plan = evidence.history.look_plan
    if plan is not None:
        explain_looks(plan, verdict_of, notes)
    explain_verdicts(
        evidence.history, verdict_of, over.metric, notes, tasks=len(over.on)
    )


def opposite_signs(over: OverTasks, arm: str) -> str:
    """A remark where the average hides changes in opposite directions, else ""."""
    sides: dict[float, list[str]] = {1.0: [], -1.0: []}
    sign = 1.0 if over.goal == "maximize" else -1.0
    for task in over.on:
        arm_values, reference_values = over.pairs(task, arm)
        if not len(arm_values):
            continue
        change = sign * float(np.sign(np.mean(arm_values - reference_values)))
        if change:
            sides[change].append(task)
    if not (sides[1.0] and sides[-1.0]):
        return ""
    better, worse = ", ".join(sides[1.0]), ", ".join(sides[-1.0])
    return f"Better on {better} and worse on {worse}: the average hides that"
