"""The part of `sweep plan` on seeds that are added until the arms are decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rich.table import Table

from sweep.commands import power_view
from sweep.session import plan as planning
from sweep.spec import StudySpec
from sweep.spec.tasks import tasks
from sweep.statistics import sequential
from sweep.statistics.sequential import SequentialDesign
from sweep.statistics.sequential_forecast import (
    LIKELY_EFFECTS,
    LIKELY_MARGIN,
    LookCost,
    expected_trials,
)
from sweep.statistics.task_power import resolution_over_tasks

_DIGITS = 12


def design_of(spec: StudySpec, planned: planning.Plan) -> SequentialDesign | None:
    """The looks of a study; None if its seeds are fixed or it compares no arms."""
    until = None if spec.ablation is None else spec.ablation.until_decided
    arms = power_view.arms_compared(spec, planned)
    if until is None or not arms:
        return None
    return SequentialDesign(
        until.looks, arms, round(1 - spec.report.confidence, _DIGITS)
    )


def costs(spec: StudySpec, design: SequentialDesign) -> tuple[LookCost, ...]:
    """The expected and the largest number of trials by each look.

    Without a margin no arm can be found equal to its reference. With tasks, every seed is trained
    on each task.
    """
    has_margin = spec.ablation is not None and spec.ablation.margin is not None
    margin = LIKELY_MARGIN if has_margin else None
    one_task = expected_trials(design, effects_of(design), margin)
    number_of_tasks = max(len(tasks(spec.parameters)), 1)
    return tuple(
        replace(
            cost,
            likely=number_of_tasks * cost.likely,
            worst=number_of_tasks * cost.worst,
        )
        for cost in one_task
    )


def effects_of(design: SequentialDesign) -> tuple[float, ...]:
    """The true changes that `likely` assumes; with few arms, every second one."""
    return LIKELY_EFFECTS if design.arms >= len(LIKELY_EFFECTS) else LIKELY_EFFECTS[::2]


def looks_table(costs: Sequence[LookCost]) -> Table:
    """One row for each look: its seeds, trials up to it, and arms that are still undecided."""
    table = Table(box=None, header_style="dim", padding=(0, 1, 0, 2))
    for column in (
        "look",
        "seeds",
        "trials, likely",
        "at worst",
        "arms undecided, likely",
    ):
        table.add_column(column, justify="right")
    for number, cost in enumerate(costs, start=1):
        cells = (f"{cost.likely:.0f}", str(cost.worst), f"{cost.open_arms:.1f}")
        table.add_row(str(number), str(cost.seeds), *cells)
    return table


def assumed(spec: StudySpec, design: SequentialDesign) -> str:
    """The assumptions behind `likely`, in words."""
    effects = ", ".join(f"{effect:g}" for effect in effects_of(design))
    unit = "the paired difference"
    if len(tasks(spec.parameters)) > 1:
        unit = "a seed's mean difference over the tasks"
    text = f"likely: true changes of {effects} standard deviations of {unit}"
    if spec.ablation is not None and spec.ablation.margin is not None:
        return f"{text} (in turn) and a margin of {LIKELY_MARGIN:g}"
    return (
        f"{text} (in turn); without a margin, an arm without an effect uses all seeds"
    )


def limit(spec: StudySpec, design: SequentialDesign) -> str:
    """What the last look can resolve, and how much noise the margin allows."""
    number_of_tasks = len(tasks(spec.parameters))
    where, unit, resolved = "", "", sequential.resolution(design)
    if number_of_tasks > 1:
        resolved = resolution_over_tasks(design, number_of_tasks)
        where, unit = f" on {number_of_tasks} tasks", " on one task"
    text = (
        f"{design.most_seeds} seeds{where} and {design.arms} "
        f"comparison{'s' if design.arms > 1 else ''} resolve {resolved:.2f} "
        f"standard deviations of the paired difference{unit}: a smaller change or "
        "margin will almost never be decided"
    )
    text += (
        f". If no arm is decided early, looks need {100 * sequential.price(design):.0f} % more "
        "seeds than a fixed number"
    )
    margin = None if spec.ablation is None else spec.ablation.smallest_change
    if margin is None:
        return text
    most = margin.size / resolved
    noise = (
        f"{100 * most:.2g} % of the baseline's mean"
        if margin.relative
        else f"{most:.2g}"
    )
    return f"{text}. The margin is large enough if that standard deviation is below {noise}"
