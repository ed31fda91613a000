"""Column: the change of each arm with its repeated confidence interval, where seeds were added."""

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
    """The change at an arm's last look; no column for a fixed number of seeds, and no p-value."""
    plan = evidence.history.look_plan
    if plan is None or plan.scale:  # over tasks: the table over tasks has it
        return ColumnGroup([], [[] for _ in evidence.arms])
    found = verdicts(evidence.history, list(evidence.arms.values()))
    column = Column(
        f"{plan.metric}.look", f"Δ {plan.metric} [repeated {1 - plan.alpha:.0%} CI]"
    )
    decimals = evidence.layout.decimals(plan.metric)
    cells = [
        [_change(found.get(arm), decimals), _seeds(found.get(arm))]
        for arm in evidence.arms
    ]
    explain_looks(plan, found, notes)
    notes.add(uncorrected_scope(evidence.history, [plan.metric]))
    return ColumnGroup([column, Column("look", "Judged at")], cells)


def _change(found: ArmVerdict | None, decimals: int | None) -> Cell:
    if found is None:
        return EMPTY
    judgement = found.judgement
    text = numbers.change(
        judgement.mean, judgement.low, judgement.high, wanted=decimals
    )
    values: dict[str, Value] = {
        "mean": judgement.mean,
        "low": judgement.low,
        "high": judgement.high,
        "n": judgement.n,
    }
    return Cell(text if judgement.n else numbers.MISSING, values, found.trials)


def _seeds(found: ArmVerdict | None) -> Cell:
    if found is None or not found.seeds:
        return EMPTY
    text = f"{found.seeds} seeds"
    if found.lacking:
        text += f", {found.judgement.n} pairs"
    return Cell(text, {"": found.seeds, "pairs": found.judgement.n}, found.trials)


def explain_looks(
    plan: LooksPlanned, found: dict[str, ArmVerdict], notes: Notes
) -> None:
    """What was fixed beforehand, what the intervals promise, and what they do not."""
    design = looks.design(plan)
    at = ", ".join(map(str, design.looks))
    notes.explain(
        f"Seeds were added in looks at {at} until an arm was decided; the looks, the number of "
        f"comparisons ({design.arms}) and their joint error ({design.alpha:g}) were fixed before "
        "the first run, and the error is spent as in Lan & DeMets (1983)"
    )
    notes.explain(
        "Intervals are repeated confidence intervals (Jennison & Turnbull 1989): they hold "
        "together at every look, whenever an arm stopped. There are no p-values and nothing is "
        "bold: both would ignore the looks"
    )
    notes.add(
        "An arm that stops because it looks good looks better than it is: the changes of arms that "
        "help or hurt are overstated, by about 0.2 standard deviations where the true change is 0.5"
    )
    notes.add(
        "Not protected: differences that are not symmetric. Where a single arm is skewed or some "
        "of its runs collapse, intervals that should hold in 95 % of studies hold in 88 to 94 %"
    )
    for verdict in found.values():
        if verdict.lacking:
            lacking = ", ".join(map(str, verdict.lacking))
            notes.add(
                f"{verdict.arm}: judged without seeds {lacking}, which it or {verdict.reference} "
                "did not complete; they were not replaced"
            )
