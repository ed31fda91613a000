"""The path table: from one configuration to another, one change at a time (Fawcett & Hoos 2016)."""

from __future__ import annotations

from collections.abc import Sequence

from sweep.history.history import History
from sweep.model.arm import AblationPath, Arm
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
    tried = [arm for arm in evidence.every_arm.values() if _is_step(arm)]
    steps = [(arm.name, arm.previous) for arm in tried if arm.previous]
    compared = evidence.compared(steps, [metric])
    by_arm = compared.of(metric)
    kept_first = sorted(tried, key=lambda arm: (arm.step or 0, not arm.kept))
    rows = [_row(evidence, arm, metric, by_arm.get(arm.name)) for arm in kept_first]
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
    _explain_end(history, plan, tried, notes)
    title = f"Path from {plan.reference}"
    return [Table("path", title, columns, tuple(rows), notes.all())]


def _is_step(arm: Arm) -> bool:
    """Whether an arm was tried at a step of a path."""
    return arm.design == "path" and bool(arm.step)


def _explain_end(
    history: History, plan: AblationPath, tried: Sequence[Arm], notes: Notes
) -> None:
    """Add a note if the path ended early, or if its end was not reached yet."""
    if "path" in history.skipped:
        notes.add(f"The path ends here: {history.skipped['path']}")
        return
    changes = sum(map(len, plan.groups))
    has_end = any(arm.kept and len(arm.moved) == changes for arm in tried)
    if not has_end:
        notes.add("The path has not reached its end yet")


def _row(
    evidence: Evidence, arm: Arm, metric: str, comparison: Comparison | None
) -> tuple[Cell, ...]:
    """The row of one change; `comparison` is with the arm of the step before."""
    _, trials = evidence.estimate(arm.name, metric)
    is_planned = evidence.results["arm"] == arm.name
    planned = int(is_planned.sum())
    done = len(evidence.runs(arm.name))
    step = EMPTY
    if comparison is not None and comparison.contrast is not None:
        step = change_cell(comparison, comparison.contrast)
    changes = _changes(arm)
    runs = str(done) if done == planned else f"{done} of {planned}"
    return (
        Cell(str(arm.step), {"": arm.step}),
        Cell(arm.name, {"": arm.name}),
        Cell(changes, {"": changes}),
        _mean(evidence, arm, metric),
        step,
        Cell(runs, {"": done, "planned": planned}, trials),
        Cell(CHECK if arm.kept else "", {"": arm.kept}),
    )


def _changes(arm: Arm) -> str:
    """What an arm changes, `lr=0.1, depth=3`; its name after the colon if it changes nothing."""
    settings = []
    for name, value in arm.changes.items():
        settings.append(f"{name}={numbers.value_text(value)}")
    if settings:
        return ", ".join(settings)
    _, _, end_of_name = arm.name.partition(": ")
    return end_of_name


def _mean(evidence: Evidence, arm: Arm, metric: str) -> Cell:
    """The cell of an arm's mean; bold if its change was kept."""
    estimate, trials = evidence.estimate(arm.name, metric)
    if estimate is None:
        return Cell(numbers.MISSING, {"mean": None, "sd": None, "n": 0})
    values = {"mean": estimate.mean, "sd": estimate.sd, "n": estimate.n}
    text = numbers.spread(estimate.mean, estimate.sd)
    return Cell(text, values, trials, bold=arm.kept)
