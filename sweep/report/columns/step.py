"""Column: the change against the step before, in a ladder or on a path."""

from __future__ import annotations

from sweep.ablation import looks
from sweep.report import numbers
from sweep.report.columns.change import change_cell
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.table import EMPTY, Cell, Column, Notes


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Change against the step before, all steps one family; no column for fewer than two steps,
    and none where seeds were added: its intervals would ignore the looks.
    """
    metric = evidence.metrics[0]
    stepped = [
        (arm.name, arm.previous) for arm in evidence.arms.values() if arm.previous
    ]
    if len(stepped) < 2 or looks.is_sequential(evidence.history):
        return ColumnGroup([], [[] for _ in evidence.arms])
    steps = evidence.compared(stepped).of(metric)
    cells = []
    for name in evidence.arms:
        step = steps.get(name)
        if step is None:
            cells.append([EMPTY])
        elif step.contrast is None:
            cells.append(
                [Cell(f"= {step.reference}" if step.same else numbers.MISSING)]
            )
        else:
            cells.append(
                [change_cell(step, step.contrast, evidence.layout.decimals(metric))]
            )
    notes.explain(f"Δ to step before: a family of its own, of {len(stepped)} steps")
    return ColumnGroup([Column(f"{metric}.step", "Δ to step before")], cells)
