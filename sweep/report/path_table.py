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
    """One row for each change tried at each step, by the metric that decided; no table
    without a path.
    """
    history = evidence.history
    way = history.path
    if way is None:
        return []
    metric = history.spec.metric.name
    columns = (
        Column("step", "Step"),
        Column("arm", "Arm", "left", detail=True),
        Column("change", "Change", "left"),
        Column(metric, f"{metric} {arrow(history, metric)}"),
        Column(f"{metric}.step", "Δ to step before"),
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
        "At each step every change that is left is trained with the ablation's seeds,"
        f" and the one with the best mean {metric} is kept (Fawcett & Hoos 2016); an"
        " arm without all of its runs is not chosen"
    )
    notes.add(
        "Selection bias: the best of several changes looks better than it is, so that"
        " the mean of a kept change is optimistic, and its interval and p-value are too"
    )
    explain_changes(evidence, compared, notes)
    if "path" in history.skipped:
        notes.add(f"The path goes no further: {history.skipped['path']}")
    elif not any(
        arm.kept and len(arm.moved) == sum(map(len, way.groups)) for arm in tried
    ):
        notes.add("The path has not reached its end yet")
    return [
        Table("path", f"Path from {way.reference}", columns, tuple(rows), notes.all())
    ]


def _row(
    evidence: Evidence, arm: Arm, metric: str, comparison: Comparison | None
) -> tuple[Cell, ...]:
    estimate, trials = evidence.estimate(arm.name, metric)
    planned = int((evidence.results["arm"] == arm.name).sum())
    done = len(evidence.runs(arm.name))
    step = EMPTY
    if comparison is not None and comparison.contrast is not None:
        step = change_cell(comparison, comparison.contrast)
    said = (
        ", ".join(f"{name}={_shown(value)}" for name, value in arm.changes.items())
        or arm.name.partition(": ")[2]
    )
    return (
        Cell(str(arm.step), {"": arm.step}),
        Cell(arm.name, {"": arm.name}),
        Cell(said, {"": said}),
        Cell(numbers.MISSING, {"mean": None, "sd": None, "n": 0})
        if estimate is None
        else Cell(
            numbers.spread(estimate.mean, estimate.sd),
            {"mean": estimate.mean, "sd": estimate.sd, "n": estimate.n},
            trials,
            bold=arm.kept,
        ),
        step,
        Cell(
            str(done) if done == planned else f"{done} of {planned}",
            {"": done, "planned": planned},
            trials,
        ),
        Cell(CHECK if arm.kept else "", {"": arm.kept}),
    )


def _shown(value: object) -> str:
    return numbers.plain(value) if isinstance(value, float) else str(value)
