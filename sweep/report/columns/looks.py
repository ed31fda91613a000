"""Columns of an ablation with looks: the change with its repeated confidence interval."""

from __future__ import annotations

from sweep.ablation import looks
from sweep.ablation.verdicts import ArmVerdict, verdicts
from sweep.model.events import LooksPlanned
from sweep.report import numbers
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.explanations import uncorrected_scope
from sweep.report.table import EMPTY, Cell, Column, Notes, Value


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Return the change at an arm's last look, without a p-value.

    With a fixed number of seeds there is no column.
    """
    plan = evidence.history.look_plan
    if plan is None or plan.scale:  # looks over tasks are in the table over tasks
        return ColumnGroup([], [[] for _ in evidence.arms])
    verdict_of = verdicts(evidence.history, list(evidence.arms.values()))
    column = Column(
        f"{plan.metric}.look", f"Δ {plan.metric} [repeated {1 - plan.alpha:.0%} CI]"
    )
    decimals = evidence.layout.decimals(plan.metric)
    cells = []
    for arm in evidence.arms:
        verdict = verdict_of.get(arm)
        cells.append([_change(verdict, decimals), _seeds(verdict)])
    explain_looks(plan, verdict_of, notes)
    notes.add(uncorrected_scope(evidence.history, [plan.metric]))
    return ColumnGroup([column, Column("look", "Judged at")], cells)


def _change(verdict: ArmVerdict | None, decimals: int | None) -> Cell:
    """Return the cell of a change with its repeated confidence interval."""
    if verdict is None:
        return EMPTY
    judgement = verdict.judgement
    text = numbers.change(
        judgement.mean, judgement.low, judgement.high, fixed_places=decimals
    )
    values: dict[str, Value] = {
        "mean": judgement.mean,
        "low": judgement.low,
        "high": judgement.high,
        "n": judgement.n,
    }
    return Cell(text if judgement.n else numbers.MISSING, values, verdict.trials)


def _seeds(verdict: ArmVerdict | None) -> Cell:
    """Return the cell with the seeds at which an arm was judged."""
    if verdict is None or not verdict.seeds:
        return EMPTY
    text = f"{verdict.seeds} seeds"
    if verdict.lacking:
        text += f", {verdict.judgement.n} pairs"
    return Cell(text, {"": verdict.seeds, "pairs": verdict.judgement.n}, verdict.trials)


def explain_looks(
    plan: LooksPlanned, verdict_of: dict[str, ArmVerdict], notes: Notes
) -> None:
    """Add the settings that were fixed beforehand, and the guarantees of the intervals."""
    design = looks.design(plan)
    look_sizes = ", ".join(map(str, design.looks))
    notes.explain(
        f"Seeds were added in looks at {look_sizes} until an arm was decided; the looks, the number"
        f" of comparisons ({design.arms}) and their joint error ({design.alpha:g}) were fixed"
        " before the first run, and the error is spent as in Lan & DeMets (1983)"
    )
    notes.explain(
        "Intervals are repeated confidence intervals (Jennison & Turnbull 1989): they hold "
        "together at every look, whenever an arm stopped. There are no p-values and no bold "
        "numbers, as both would ignore the looks"
    )
    notes.add(
        "Stopping bias: the changes of arms that help or hurt are overstated, by about 0.2 "
        "standard deviations where the true change is 0.5"
    )
    notes.add(
        "Assumption: symmetric differences. If a single arm is skewed or some of its runs "
        "collapse, intervals of nominal 95 % coverage cover the true change in 88 to 94 % of "
        "studies"
    )
    for verdict in verdict_of.values():
        if verdict.lacking:
            lacking = ", ".join(map(str, verdict.lacking))
            notes.add(
                f"{verdict.arm}: judged without seeds {lacking}, which it or {verdict.reference} "
                "did not complete; they were not replaced"
            )
