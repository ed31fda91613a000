"""What `sweep plan` prints: trials, arms, cost, and the smallest effect that can be detected."""

from __future__ import annotations

import math
import os
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sweep.ablation import retune
from sweep.commands.durations import duration
from sweep.search import search_stage
from sweep.session import plan as planning
from sweep.spec import StudySpec
from sweep.spec.arms import stated_in


def plan(spec: StudySpec, *, probe: bool) -> RenderableType:
    """Trials of each stage, the arms, what it will cost, and what it can find out."""
    planned = planning.plan(spec)
    most = "at most " if planned.optional else ""
    lines: list[RenderableType] = [
        Text(f"{spec.name}: {most}{planned.trials} trials", style="bold")
    ]
    if spec.search is not None:
        each = f"{len(spec.search.seeds)} seeds" + (
            f" × {spec.search.folds} folds" if spec.search.folds else ""
        )
        method = f"{spec.search.method}, {search_stage.planned(spec)} configurations"
        stops = (
            f", stopped early by {spec.early_terminate.type}"
            if spec.early_terminate.type != "none"
            else ""
        )
        lines.append(Text(f"search    {planned.search_trials} trials: {method} × {each}{stops}"))
        if spec.search.enqueue:
            lines.append(
                Text(f"          enqueued configurations come first: {len(spec.search.enqueue)}")
            )
        if spec.search.warm_start:
            lines.append(Text(f"          warm-started from {', '.join(spec.search.warm_start)}"))
        if several := ", ".join(
            f"{objective.name} ({objective.goal})" for objective in spec.search.objectives
        ):
            lines.append(Text(f"          for several objectives at once: {several}"))
    if (tune := retune.rule(spec)) is not None:
        each = f"{tune.method}, {tune.trials} for each arm over {', '.join(tune.parameters)}"
        lines.append(Text(f"retune    {most}{planned.retune_trials} trials: {each}"))
    if spec.ablation is not None:
        folds = f" × {spec.ablation.folds} folds" if spec.ablation.folds else ""
        shared = f" ({planned.shared} runs shared between designs)" if planned.shared else ""
        arms = f"{len(planned.arms)} arms"
        arms += f" + {planned.top_k} best of the search" if planned.top_k else ""
        arms += f" + {most}{planned.path_arms} of the path" if planned.path_arms else ""
        each = f"({arms})" if "+" in arms else arms
        each += f" × {len(spec.ablation.seeds)} seeds"
        lines.append(
            Text(f"ablation  {most}{planned.ablation_trials} trials: {each}{folds}{shared}")
        )
        lines.append(_arms(spec, planned))
        lines.append(Text(_detectable(planned)))
    if probe:
        lines.append(Text(_cost(spec, planned)))
    return Group(*lines)


def _arms(spec: StudySpec, planned: planning.Plan) -> RenderableType:
    table = Table(box=None, header_style="dim", padding=(0, 1, 0, 2))
    for column in ("arm", "design", "compared with", "changes"):
        table.add_column(column)
    tune = retune.rule(spec)
    tuned = () if tune is None else tune.parameters
    for arm in planned.arms:
        said = [", ".join(f"{k}={v}" for k, v in arm.changes.items())]
        searched = [name for name in arm.filled if name not in tuned]
        said += [f"({', '.join(searched)} from the search)"] if searched else []
        said += [condition] if (condition := _condition(spec, arm.name)) else []
        table.add_row(
            Text(arm.name),
            arm.design,
            Text(arm.reference or ""),
            Text(" ".join(filter(None, said))),
        )
    return table


def _condition(spec: StudySpec, arm: str) -> str:
    """What an arm waits for: `only if val/f_score of conservative is below 0.72`; empty for one that waits for none."""
    stated = spec.ablation.designs.arms.get(arm) if spec.ablation is not None else None
    when = None if stated is None else stated_in(stated)[1]
    if when is None:
        return ""
    bounds = [
        f"{word} {bound:g}"
        for word, bound in (("below", when.below), ("above", when.above))
        if bound is not None
    ]
    return f"only if {when.metric or spec.metric.name} of {when.arm} is {' and '.join(bounds)}"


def _detectable(planned: planning.Plan) -> str:
    from sweep.statistics.power import smallest_detectable_effect

    if planned.pairs < 3:
        return (
            f"{planned.pairs} runs an arm: no test is made below 3; give ablation.seeds more seeds"
        )
    comparisons = max(len(planned.arms) - 1, 1)
    one = smallest_detectable_effect(planned.pairs)
    all_ = smallest_detectable_effect(planned.pairs, comparisons=comparisons)
    return (
        f"with {planned.pairs} paired runs an arm, a change is found with 80 % probability if it is at least "
        f"{one:.2f} standard deviations of the paired differences ({all_:.2f} corrected for {comparisons} arms)"
    )


def _cost(spec: StudySpec, planned: planning.Plan) -> str:
    measured = planning.probe(spec, Path(spec.base_dir))
    at_once = max(int((os.cpu_count() or 1) // planning.cpus(spec, planned)), 1)
    at_once = min(at_once, spec.resources.max_concurrent or at_once)
    least, most = planning.cost(spec, planned, measured, at_once)
    span = (
        duration(most)
        if math.isclose(least, most, rel_tol=0.1)
        else f"{duration(least)} to {duration(most)}"
    )
    return (
        f"about {span} with {at_once} trials at a time (measured here: {measured.start:.1f} s to start, "
        f"{measured.epoch:.2f} s an epoch; starting Ray and its workers comes on top)"
    )
