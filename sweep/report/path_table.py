"""The path table: from one configuration to another, one change at a time (Fawcett & Hoos 2016)."""

from __future__ import annotations

from sweep.model.arm import Arm
from sweep.report import numbers
from sweep.report.columns.change import change_cell
from sweep.report.columns.components import CHECK
from sweep.report.comparisons import Comparison
from sweep.report.evidence import Evidence, arrow
from sweep.report.explanations import explain_changes
from sweep.report.table import EMPTY, Cell, Column, Notes, Table


def path_tables(evidence: Evidence) -> list[Table]:
    """One row for each change tried at each step, with the metric that selected.

    No table without a path.
    """
    history = evidence.history
    plan = history.path
    if plan is None:
        return []
    metric = history.spec.metric.name
    columns = (
        Column("step", "Step"),
        Column("arm", "Arm", "left", detail=True),
        Column("change", "Change", "left"),
        Column(metric, f"{metric} {arrow(history, metric)}"),
        Column(f"{metric}.step", "Δ to previous step"),
        Column("runs", "Runs"),
        Column("kept", "Kept", "center"),
    )
    tried = [
        arm for arm in evidence.every_arm.values() if arm.design == "path" and arm.step
    ]
    steps = [(arm.name, arm.previous) for arm in tried if arm.previous]
    compared = evidence.compared(steps, [metric])
    by_arm = compared.of(metric)
    ordered = sorted(tried, key=lambda arm: (arm.step or 0, not arm.kept))
    rows = [_row(evidence, arm, metric, by_arm.get(arm.name)) for arm in ordered]
    notes = Notes()
    notes.add(
        "At each step every remaining change is trained with the ablation's seeds, and"
        f" the change with the best mean {metric} is kept (Fawcett & Hoos 2016). An arm"
        " that lacks a run is never chosen"
    )
    notes.add(
        "Selection bias: the best of several changes looks better than it is, so that"
        " the mean, interval and p-value of a kept change are optimistic"
    )
    explain_changes(evidence, compared, notes)
    if "path" in history.skipped:
        notes.add(f"The path ends here: {history.skipped['path']}")
    else:
        length = sum(map(len, plan.groups))
        if not any(arm.kept and len(arm.moved) == length for arm in tried):
            notes.add("The path has not reached its end yet")
    title = f"Path from {plan.reference}"
    return [Table("path", title, columns, tuple(rows), notes.all())]


def _row(
    evidence: Evidence, arm: Arm, metric: str, comparison: Comparison | None
) -> tuple[Cell, ...]:
    estimate, trials = evidence.estimate(arm.name, metric)
    planned = int((evidence.results["arm"] == arm.name).sum())
    done = len(evidence.runs(arm.name))
    step = EMPTY
    if comparison is not None and comparison.contrast is not None:
        step = change_cell(comparison, comparison.contrast)
    changes = ", ".join(
        f"{name}={numbers.value_text(value)}" for name, value in arm.changes.items()
    )
    changes = changes or arm.name.partition(": ")[2]
    mean = Cell(numbers.MISSING, {"mean": None, "sd": None, "n": 0})
    if estimate is not None:
        values = {"mean": estimate.mean, "sd": estimate.sd, "n": estimate.n}
        text = numbers.spread(estimate.mean, estimate.sd)
        mean = Cell(text, values, trials, bold=arm.kept)
    runs = str(done) if done == planned else f"{done} of {planned}"
    return (
        Cell(str(arm.step), {"": arm.step}),
        Cell(arm.name, {"": arm.name}),
        Cell(changes, {"": changes}),
        mean,
        step,
        Cell(runs, {"": done, "planned": planned}, trials),
        Cell(CHECK if arm.kept else "", {"": arm.kept}),
    )
