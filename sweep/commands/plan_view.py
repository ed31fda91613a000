"""What `sweep plan` prints: trials, arms, cost, and the smallest effect that can be detected."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sweep.ablation import retune
from sweep.commands.durations import duration
from sweep.search import search_stage
from sweep.session import plan as planning
from sweep.spec import Ablation, StudySpec
from sweep.spec.arms import stated_in


def plan(spec: StudySpec, *, probe: bool) -> RenderableType:
    """Trials of each stage, the arms, what it will cost, and what it can find out."""
    planned = planning.plan(spec)
    most = "at most " if planned.optional else ""
    lines: list[RenderableType] = [
        Text(f"{spec.name}: {most}{planned.trials} trials", style="bold")
    ]
    lines += [Text(line) for line in _search(spec, planned)]
    lines += [Text(line) for line in _retune(spec, planned, most)]
    if spec.ablation is not None:
        lines.append(Text(_ablation(spec.ablation, planned, most)))
        lines.append(_arms(spec, planned))
        lines.append(Text(_detectable(planned)))
    if probe:
        lines.append(Text(_cost(spec, planned)))
    return Group(*lines)


def _search(spec: StudySpec, planned: planning.Plan) -> Iterator[str]:
    """Trials of the search, its method, and where it begins."""
    search, stopping = spec.search, spec.early_terminate.type
    if search is None:
        return
    runs = f"{len(search.seeds)} seeds"
    if search.folds:
        runs += f" × {search.folds} folds"
    stops = f", stopped early by {stopping}" if stopping != "none" else ""
    method = f"{search.method}, {search_stage.planned(spec)} configurations"
    yield f"search    {planned.search_trials} trials: {method} × {runs}{stops}"
    if search.enqueue:
        yield f"          enqueued configurations come first: {len(search.enqueue)}"
    if search.warm_start:
        yield f"          warm-started from {', '.join(search.warm_start)}"
    if search.objectives:
        goals = ", ".join(f"{each.name} ({each.goal})" for each in search.objectives)
        yield f"          for several objectives at once: {goals}"


def _retune(spec: StudySpec, planned: planning.Plan, most: str) -> Iterator[str]:
    rule = retune.rule(spec)
    if rule is not None:
        each = f"{rule.method}, {rule.trials} for each arm over {', '.join(rule.parameters)}"
        yield f"retune    {most}{planned.retune_trials} trials: {each}"


def _ablation(ablation: Ablation, planned: planning.Plan, most: str) -> str:
    """Trials of the ablation: arms × seeds × folds."""
    arms = f"{len(planned.arms)} arms"
    if planned.top_k:
        arms += f" + {planned.top_k} best of the search"
    if planned.path_arms:
        arms += f" + {most}{planned.path_arms} of the path"
    if "+" in arms:
        arms = f"({arms})"
    runs = f"{arms} × {len(ablation.seeds)} seeds"
    if ablation.folds:
        runs += f" × {ablation.folds} folds"
    if planned.shared:
        runs += f" ({planned.shared} runs shared between designs)"
    return f"ablation  {most}{planned.ablation_trials} trials: {runs}"


def _arms(spec: StudySpec, planned: planning.Plan) -> RenderableType:
    table = Table(box=None, header_style="dim", padding=(0, 1, 0, 2))
    for column in ("arm", "design", "compared with", "changes"):
        table.add_column(column)
    tune = retune.rule(spec)
    tuned = () if tune is None else tune.parameters
    for arm in planned.arms:
        changes = ", ".join(f"{name}={value}" for name, value in arm.changes.items())
        searched = [name for name in arm.filled if name not in tuned]
        filled = f"({', '.join(searched)} from the search)" if searched else ""
        words = filter(None, (changes, filled, _condition(spec, arm.name)))
        table.add_row(Text(arm.name), arm.design, Text(arm.reference or ""), Text(" ".join(words)))
    return table


def _condition(spec: StudySpec, arm: str) -> str:
    """What an arm waits for: `only if val/f1 of baseline is below 0.72`; "" if for nothing."""
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
        f"with {planned.pairs} paired runs an arm, a change is found with 80 % probability if it "
        f"is at least {one:.2f} standard deviations of the paired differences "
        f"({all_:.2f} corrected for {comparisons} arms)"
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
        f"about {span} with {at_once} trials at a time (measured here: {measured.start:.1f} s to "
        f"start, {measured.epoch:.2f} s an epoch; starting Ray and its workers comes on top)"
    )
