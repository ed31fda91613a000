"""What `sweep plan` says of seeds that are added until the arms are decided."""

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
    """The looks of a study, None for a fixed number of seeds or without anything to compare."""
    until = None if spec.ablation is None else spec.ablation.until_decided
    arms = power_view.arms_compared(spec, planned)
    if until is None or not arms:
        return None
    return SequentialDesign(
        until.looks, arms, round(1 - spec.report.confidence, _DIGITS)
    )


def costs(spec: StudySpec, design: SequentialDesign) -> tuple[LookCost, ...]:
    """Trials by each look, likely and at worst; without a margin nothing is found to be equal.

    Over tasks every seed is trained on each.
    """
    has_margin = spec.ablation is not None and spec.ablation.margin is not None
    margin = LIKELY_MARGIN if has_margin else None
    found = expected_trials(design, effects_of(design), margin)
    each = max(len(tasks(spec.parameters)), 1)
    return tuple(
        replace(cost, likely=each * cost.likely, worst=each * cost.worst)
        for cost in found
    )


def effects_of(design: SequentialDesign) -> tuple[float, ...]:
    """The true changes that `likely` assumes, of which few arms get one each."""
    return LIKELY_EFFECTS if design.arms >= len(LIKELY_EFFECTS) else LIKELY_EFFECTS[::2]


def looks_table(found: Sequence[LookCost]) -> Table:
    """A row a look: its seeds, trials by then, and how many arms will still be open."""
    table = Table(box=None, header_style="dim", padding=(0, 1, 0, 2))
    for column in (
        "look",
        "seeds",
        "trials, likely",
        "at worst",
        "arms still open, likely",
    ):
        table.add_column(column, justify="right")
    for number, cost in enumerate(found, start=1):
        cells = (f"{cost.likely:.0f}", str(cost.worst), f"{cost.open_arms:.1f}")
        table.add_row(str(number), str(cost.seeds), *cells)
    return table


def assumed(spec: StudySpec, design: SequentialDesign) -> str:
    """What `likely` assumes."""
    effects = ", ".join(f"{effect:g}" for effect in effects_of(design))
    unit = "the paired difference"
    if len(tasks(spec.parameters)) > 1:
        unit = "a seed's mean difference over the tasks"
    text = f"likely: true changes of {effects} standard deviations of {unit}"
    if spec.ablation is not None and spec.ablation.margin is not None:
        return f"{text} (in turn) and a margin of {LIKELY_MARGIN:g}"
    return f"{text} (in turn); without a margin an arm that changes nothing trains to the limit"


def limit(spec: StudySpec, design: SequentialDesign) -> str:
    """What the last look can tell apart, and which noise the margin allows."""
    several = len(tasks(spec.parameters))
    where, unit, resolved = "", "", sequential.resolution(design)
    if several > 1:
        resolved = resolution_over_tasks(design, several)
        where, unit = f" on {several} tasks", " on one task"
    text = (
        f"{design.most_seeds} seeds{where} and {design.arms} "
        f"comparison{'s' if design.arms > 1 else ''} resolve {resolved:.2f} standard deviations "
        f"of the paired difference{unit}: a change or a margin below that will hardly ever be "
        "decided"
    )
    text += (
        f". Looks cost {100 * sequential.price(design):.0f} % more seeds than a fixed number of "
        "them where no arm is decided early"
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
    return f"{text}. The margin is large enough where that standard deviation is below {noise}"
