"""The verdicts of a study over all its tasks, read off the very intervals that its table prints."""

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
    """Arm → its verdict over all tasks; none where the study asks for none, or has one task."""
    history = evidence.history
    if not asked(history) or len(over.on) < 2:
        return {}
    if looks.is_sequential(history):
        return task_verdicts(history)
    return fixed_verdicts(evidence, over)


def fixed_verdicts(evidence: Evidence, over: OverTasks) -> dict[str, ArmVerdict]:
    """Arm → its verdict over all tasks, from a fixed number of seeds, with a margin or without."""
    history, level = evidence.history, level_of(evidence, over)
    found = {}
    for arm, reference in over.references.items():
        if reference is None or over.is_reference(arm):
            continue
        pairs = {task: over.pairs(task, arm) for task in over.on}
        judgement = judged(history, pairs, level, over.goal)
        planned = max(len(values[arm]) for values in over.values.values())
        forecast = fixed_forecast(history, pairs, judgement, level)
        hides = hidden_signs(pairs, over.goal)
        behind = over.behind(arm)
        found[arm] = ArmVerdict(
            arm, reference, judgement, planned, (), behind, forecast, hides
        )
    return found


def verdict(found: dict[str, ArmVerdict], arm: str) -> Cell:
    """The cell of one arm."""
    return verdict_cell(found.get(arm))


def look(
    over: OverTasks,
    found: dict[str, ArmVerdict],
    arm: str,
    notes: Notes,
    *,
    relative: bool,
) -> list[Cell]:
    """An arm's change at its last look, and the seeds it was judged from."""
    each = found.get(arm)
    if each is None:
        return [EMPTY, EMPTY]
    judgement = each.judgement
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
    change = Cell(text if judgement.n else numbers.MISSING, values, each.trials, marks)
    seeds: dict[str, Value] = {"": each.seeds, "pairs": judgement.n}
    return [
        change,
        Cell(f"{each.seeds} seeds", seeds, each.trials) if each.seeds else EMPTY,
    ]


def explain(
    evidence: Evidence, over: OverTasks, found: dict[str, ArmVerdict], notes: Notes
) -> None:
    """The rule, what looks promise, and the sentence for a paper."""
    if not found:
        return
    plan = evidence.history.look_plan
    if plan is not None:
        explain_looks(plan, found, notes)
    explain_verdicts(evidence.history, found, over.metric, notes, tasks=len(over.on))


def opposite_signs(over: OverTasks, arm: str) -> str:
    """That an average hides opposite changes, "" where it does not."""
    sides: dict[float, list[str]] = {1.0: [], -1.0: []}
    sign = 1.0 if over.goal == "maximize" else -1.0
    for task in over.on:
        here, there = over.pairs(task, arm)
        change = sign * float(np.sign(np.mean(here - there))) if len(here) else 0.0
        if change in sides:
            sides[change].append(task)
    if not (sides[1.0] and sides[-1.0]):
        return ""
    better, worse = (", ".join(sides[side]) for side in (1.0, -1.0))
    return f"Better on {better} and worse on {worse}: the average hides that"
