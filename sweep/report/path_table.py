"""The path table: from one configuration to another, one change at a time (Fawcett & Hoos 2016)."""

from __future__ import annotations

from sweep.model.arm import Arm
from sweep.report import numbers
from sweep.report.columns.components import CHECK
from sweep.report.evidence import Evidence, arrow
from sweep.report.table import EMPTY, Cell, Column, Notes, Table


def path_tables(evidence: Evidence) -> list[Table]:
    """One row for each change tried at each step, by the metric that decided; no table without a path."""
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
    tried = [arm for arm in evidence.every_arm.values() if arm.design == "path" and arm.step]
    rows = [
        _row(evidence, arm, metric)
        for arm in sorted(tried, key=lambda arm: (arm.step or 0, not arm.kept))
    ]
    notes = Notes()
    notes.add(
        f"At each step every change that is left is trained with the ablation's seeds, and the one with the best mean "
        f"{metric} is kept (Fawcett & Hoos 2016); an arm without all of its runs is not chosen"
    )
    notes.add(
        "The best of several is better by luck than it is: the mean of a kept change is optimistic"
    )
    if "path" in history.skipped:
        notes.add(f"The path goes no further: {history.skipped['path']}")
    elif not any(arm.kept and len(arm.moved) == sum(map(len, way.groups)) for arm in tried):
        notes.add("The path has not reached its end yet")
    return [Table("path", f"Path from {way.reference}", columns, tuple(rows), notes.all())]


def _row(evidence: Evidence, arm: Arm, metric: str) -> tuple[Cell, ...]:
    estimate, trials = evidence.estimate(arm.name, metric)
    comparison = evidence.compare(arm.name, arm.previous, metric) if arm.previous else None
    change = None if comparison is None else comparison.change
    planned = int((evidence.results["arm"] == arm.name).sum())
    done = len(evidence.runs(arm.name))
    step = EMPTY
    if comparison is not None and change is not None:
        values = {"mean": change.mean, "low": change.low, "high": change.high, "n": change.n}
        step = Cell(
            numbers.change(change.mean, change.low, change.high, change.sd),
            values,
            comparison.trials,
        )
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
