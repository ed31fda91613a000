"""Seeds until decided: schedule interim analyses (looks) and the seeds that arms still need. Pure.

In a study with tasks an arm is judged over all tasks, and its seeds are added on every task.

An event fixes the looks, the arms and the error probability before the first run of any arm
(`LooksPlanned`). A look at an arm is taken when all runs of that look have ended, those of its
reference as well. Its result is an event (`LookTaken`) and is final. A decided arm gets no more
seeds, unless an open arm is compared with it. A failed seed is not replaced: the other seeds judge
the arm. The statistics are in `sweep.statistics.sequential`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from sweep.history.history import History
from sweep.history.task_view import on_task
from sweep.model.arm import Arm
from sweep.model.events import Event, LooksPlanned, LookTaken
from sweep.model.trial import Goal, State, Trial, configuration_key
from sweep.spec.goals import compared_metric, goal_of
from sweep.spec.tasks import tasks
from sweep.statistics import sequential
from sweep.statistics.sequential import Look, SequentialDesign
from sweep.statistics.sequential_tasks import look_over_tasks
from sweep.statistics.verdicts import Margin, Verdict, parse_margin

Pair = tuple[Arm, Arm]  # an arm and its reference

_DIGITS = 12  # of the share of error: 1 - 0.95 is 0.05


def due(history: History) -> list[Event]:
    """The plan of the looks, or all looks that can be taken now; none for fixed seeds.

    Call it when every arm is known and its configuration is final.
    """
    if not is_sequential(history):
        return []
    plan = history.look_plan
    if plan is None:
        planned = _planned(history)
        return [] if planned is None else [planned]
    pairs = comparisons(history)
    looks = [_look(history, plan, arm, pairs) for arm in plan.compared]
    return [look for look in looks if look is not None]


def is_sequential(history: History) -> bool:
    """Whether the study adds seeds until its arms are decided."""
    ablation = history.spec.ablation
    return ablation is not None and ablation.until_decided is not None


def is_open(history: History) -> bool:
    """Whether an arm still waits for a look."""
    plan = history.look_plan
    if plan is None:
        return is_sequential(history) and bool(_compared(history))
    return any(_next_look(history, plan, arm) is not None for arm in plan.compared)


def latest(history: History, arm: str) -> LookTaken | None:
    """The last look at an arm of the plan; None before the first one."""
    for look in reversed(history.looks):
        if look.arm == arm:
            return look
    return None


def planned_name(history: History, arm: Arm) -> str | None:
    """The name under which the plan compares an arm's configuration with its reference."""
    plan = history.look_plan
    if plan is None or arm.reference is None:
        return None
    pairs = comparisons(history.whole or history)
    keys_of_arm = _keys(pairs[arm.name])
    for name in plan.compared:
        if _keys(pairs[name]) == keys_of_arm:
            return name
    return None


def comparisons(history: History) -> dict[str, dict[str, Pair]]:
    """Arm's name without its task → task (or "") → the arm and its reference."""
    views: dict[str, History] = {}
    for task in tasks(history.spec.parameters):
        views[task.name] = on_task(history, task)
    if not views:
        views[""] = history
    by_arm: dict[str, dict[str, Pair]] = {}
    for task_name, view in views.items():
        by_name = {arm.name: arm for arm in view.arms}
        for arm in view.arms:
            if arm.reference is not None and arm.reference in by_name:
                pair = (arm, by_name[arm.reference])
                by_arm.setdefault(arm.name, {})[task_name] = pair
    return by_arm


def seeds(history: History, arm: Arm) -> tuple[int, ...]:
    """The seeds that an arm needs so far; without looks, all seeds."""
    ablation = history.spec.ablation
    if ablation is None:
        return ()
    if ablation.until_decided is None:
        return ablation.seeds
    key = configuration_key(arm.config)
    number = wanted(history).get(key, 0)
    return ablation.seeds[:number]


def wanted(history: History) -> dict[str, int]:
    """Configuration → the number of seeds that it needs for its next look."""
    plan = history.look_plan
    if plan is None:
        return {}
    seeds_of: dict[str, int] = {}
    pairs = comparisons(history)
    for name in plan.compared:
        number = _seeds_so_far(history, plan, name)
        for pair in pairs.get(name, {}).values():
            for arm in pair:
                key = configuration_key(arm.config)
                seeds_of[key] = max(seeds_of.get(key, 0), number)
    return seeds_of


def _seeds_so_far(history: History, plan: LooksPlanned, arm: str) -> int:
    """The seeds of an arm's next look; without a next one, those of the last."""
    number = _next_look(history, plan, arm)
    if number:
        return number
    look = latest(history, arm)
    return 0 if look is None else look.seeds


def design(plan: LooksPlanned) -> SequentialDesign:
    """The statistics' view of a plan."""
    return SequentialDesign(plan.looks, len(plan.compared), plan.alpha)


def goal(plan: LooksPlanned) -> Goal:
    """Whether the metric is maximized or minimized."""
    return "minimize" if plan.goal == "minimize" else "maximize"


def margin(plan: LooksPlanned) -> Margin | None:
    """The margin of a plan."""
    return None if plan.margin is None else parse_margin(plan.margin)


def values(
    history: History, arm: Arm, metric: str, numbers: Sequence[int]
) -> list[float | None]:
    """A metric of an arm's runs in the order of seeds; None for a run without a result.

    The list ends before the first seed whose run has not ended.
    """
    key = configuration_key(arm.config)
    of_seeds: list[float | None] = []
    for seed in numbers:
        trial = history.find(key, seed, None)
        if trial is None or not trial.state.finished:
            break
        of_seeds.append(value(history, trial, metric))
    return of_seeds


def value(history: History, trial: Trial, metric: str) -> float | None:
    """A metric of a trial at its selected epoch; None if the trial is not a result."""
    if trial.state is not State.COMPLETE:
        return None
    report = history.spec.selected(trial)
    return None if report is None else report.metrics.get(metric)


# --------------------------------------------------------------------------- pieces


def _planned(history: History) -> LooksPlanned | None:
    """The plan; None if no arm differs from its reference."""
    spec = history.spec
    compared = _compared(history)
    if spec.ablation is None or spec.ablation.until_decided is None or not compared:
        return None
    metric = compared_metric(spec)
    has_several_tasks = len(tasks(spec.parameters)) > 1
    return LooksPlanned(
        metric=metric,
        goal=goal_of(spec, metric),
        looks=spec.ablation.until_decided.looks,
        compared=tuple(compared),
        alpha=round(1 - spec.report.confidence, _DIGITS),
        margin=spec.ablation.margin,
        scale=spec.report.scale if has_several_tasks else "",
    )


def _compared(history: History) -> list[str]:
    """The first name of each two configurations that are compared, on all tasks."""
    names: dict[tuple[tuple[str, str], ...], str] = {}
    for name, pairs in comparisons(history).items():
        keys = _keys(pairs)
        differs = any(of_arm != of_reference for of_arm, of_reference in keys)
        if differs:
            names.setdefault(keys, name)
    return list(names.values())


def _keys(pairs: Mapping[str, Pair]) -> tuple[tuple[str, str], ...]:
    """The configurations of an arm and of its reference, on each task."""
    keys = []
    for arm, reference in pairs.values():
        of_arm = configuration_key(arm.config)
        of_reference = configuration_key(reference.config)
        keys.append((of_arm, of_reference))
    return tuple(keys)


def _next_look(history: History, plan: LooksPlanned, arm: str) -> int | None:
    """The seeds of the next look at an arm; None if it is decided or all looks were taken."""
    look = latest(history, arm)
    if look is None:
        return plan.looks[0]
    if look.verdict != Verdict.UNDECIDED:
        return None
    for number in plan.looks:
        if number > look.seeds:
            return number
    return None


def _look(
    history: History,
    plan: LooksPlanned,
    name: str,
    pairs: Mapping[str, Mapping[str, Pair]],
) -> LookTaken | None:
    """The next look at an arm; None if there is none, or if one of its runs has not ended."""
    number = _next_look(history, plan, name)
    ablation = history.spec.ablation
    if number is None or ablation is None:
        return None
    numbers = ablation.seeds[:number]
    by_task = {}
    for task, (arm, reference) in pairs[name].items():
        arm_values = values(history, arm, plan.metric, numbers)
        reference_values = values(history, reference, plan.metric, numbers)
        if min(len(arm_values), len(reference_values)) < number:
            return None
        by_task[task] = (arm_values, reference_values)
    if plan.scale:
        look = look_over_tasks(
            by_task,
            design(plan),
            plan.looks.index(number),
            goal(plan),
            margin(plan),
            relative=plan.scale == "each",
        )
        return _taken(name, look, numbers)
    arm_values, reference_values = next(iter(by_task.values()))
    decision = sequential.decide(
        arm_values, reference_values, design(plan), goal(plan), margin(plan)
    )
    return _taken(name, decision.looks[-1], numbers)


def _taken(name: str, look: Look, numbers: Sequence[int]) -> LookTaken:
    """The event of a look at an arm; `numbers` are the seeds that it saw."""
    judgement = look.judgement
    lacking = tuple(numbers[position] for position in look.lacking)
    return LookTaken(
        arm=name,
        seeds=look.seeds,
        verdict=judgement.verdict.value,
        words=judgement.words,
        pairs=judgement.n,
        mean=_finite(judgement.mean),
        low=_finite(judgement.low),
        high=_finite(judgement.high),
        lacking=lacking,
        reason=judgement.reason,
    )


def _finite(number: float) -> float | None:
    """The number; None if it is NaN or infinite, for which a record has no form."""
    return number if math.isfinite(number) else None
