"""Seeds until decided: when an arm is looked at, and with which seeds it goes on. Pure.

In a study with tasks an arm is judged over all of them, and its seeds are added on every task.

The looks, the arms and the error are fixed by an event before the first run of any arm
(`LooksPlanned`). An arm is looked at as soon as every run of its next look has ended, its
reference's too; what the look says is an event (`LookTaken`) and never decided again. A decided arm
gets no more seeds, unless another open arm is compared with it. A failed seed is not replaced: the
arm is judged from the others. The statistics are in `sweep.statistics.sequential`.
"""

from __future__ import annotations

import itertools
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
    """The plan of the looks, or the looks that can be taken now; none for a fixed number of seeds.

    To be asked once every arm is known and its configuration final.
    """
    if not is_sequential(history):
        return []
    if history.look_plan is None:
        planned = _planned(history)
        return [] if planned is None else [planned]
    pairs = comparisons(history)
    taken = [
        _look(history, history.look_plan, arm, pairs)
        for arm in history.look_plan.compared
    ]
    return [look for look in taken if look is not None]


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
    """The last look at an arm of the plan, None before the first."""
    return next((look for look in reversed(history.looks) if look.arm == arm), None)


def planned_name(history: History, arm: Arm) -> str | None:
    """Under which name the plan compares an arm's configuration with its reference's."""
    plan = history.look_plan
    if plan is None or arm.reference is None:
        return None
    pairs = comparisons(history.whole or history)
    wanted = _keys(pairs[arm.name])
    return next((name for name in plan.compared if _keys(pairs[name]) == wanted), None)


def comparisons(history: History) -> dict[str, dict[str, Pair]]:
    """Arm's name, without a task → task → the arm and its reference; one task "" without tasks."""
    views = {
        task.name: on_task(history, task) for task in tasks(history.spec.parameters)
    }
    found: dict[str, dict[str, Pair]] = {}
    for task, there in (views or {"": history}).items():
        by_name = {arm.name: arm for arm in there.arms}
        for arm in there.arms:
            if arm.reference is not None and arm.reference in by_name:
                found.setdefault(arm.name, {})[task] = (arm, by_name[arm.reference])
    return found


def seeds(history: History, arm: Arm) -> tuple[int, ...]:
    """The seeds that an arm is to be trained with so far; all of them without looks."""
    ablation = history.spec.ablation
    if ablation is None:
        return ()
    if ablation.until_decided is None:
        return ablation.seeds
    return ablation.seeds[: wanted(history).get(configuration_key(arm.config), 0)]


def wanted(history: History) -> dict[str, int]:
    """Configuration → how many seeds it is to have by its next look."""
    plan, found = history.look_plan, dict[str, int]()
    if plan is None:
        return found
    pairs = comparisons(history)
    for name in plan.compared:
        look = latest(history, name)
        number = _next_look(history, plan, name) or (0 if look is None else look.seeds)
        for arm in itertools.chain(*pairs.get(name, {}).values()):
            key = configuration_key(arm.config)
            found[key] = max(found.get(key, 0), number)
    return found


def design(plan: LooksPlanned) -> SequentialDesign:
    """The statistics' view of a plan."""
    return SequentialDesign(plan.looks, len(plan.compared), plan.alpha)


def goal(plan: LooksPlanned) -> Goal:
    """Which way is better."""
    return "minimize" if plan.goal == "minimize" else "maximize"


def margin(plan: LooksPlanned) -> Margin | None:
    """The margin of a plan."""
    return None if plan.margin is None else parse_margin(plan.margin)


def values(
    history: History, arm: Arm, metric: str, numbers: Sequence[int]
) -> list[float | None]:
    """A metric of an arm's runs in the order of seeds, None where a run is no result.

    The list ends before the first seed whose run has not ended.
    """
    key = configuration_key(arm.config)
    found: list[float | None] = []
    for seed in numbers:
        trial = history.find(key, seed, None)
        if trial is None or not trial.state.finished:
            break
        found.append(value(history, trial, metric))
    return found


def value(history: History, trial: Trial, metric: str) -> float | None:
    """A metric of a trial at its selected epoch, None where the trial is no result."""
    if trial.state is not State.COMPLETE:
        return None
    report = history.spec.selected(trial)
    return None if report is None else report.metrics.get(metric)


# --------------------------------------------------------------------------- pieces


def _planned(history: History) -> LooksPlanned | None:
    """The plan, None where no arm differs from what it is compared with."""
    spec, arms = history.spec, _compared(history)
    if spec.ablation is None or spec.ablation.until_decided is None or not arms:
        return None
    metric = compared_metric(spec)
    return LooksPlanned(
        metric=metric,
        goal=goal_of(spec, metric),
        looks=spec.ablation.until_decided.looks,
        compared=tuple(arms),
        alpha=round(1 - spec.report.confidence, _DIGITS),
        margin=spec.ablation.margin,
        scale=spec.report.scale if len(tasks(spec.parameters)) > 1 else "",
    )


def _compared(history: History) -> list[str]:
    """The first name of each two configurations that are compared, on all tasks."""
    found: dict[tuple[tuple[str, str], ...], str] = {}
    for name, pairs in comparisons(history).items():
        keys = _keys(pairs)
        if any(mine != theirs for mine, theirs in keys):
            found.setdefault(keys, name)
    return list(found.values())


def _keys(pairs: Mapping[str, Pair]) -> tuple[tuple[str, str], ...]:
    """The configurations of an arm and of its reference, on each task."""
    return tuple(
        (configuration_key(arm.config), configuration_key(reference.config))
        for arm, reference in pairs.values()
    )


def _next_look(history: History, plan: LooksPlanned, arm: str) -> int | None:
    """Seeds of the next look at an arm; None where it is decided or all looks were taken."""
    look = latest(history, arm)
    if look is None:
        return plan.looks[0]
    if look.verdict != Verdict.UNDECIDED:
        return None
    return next((number for number in plan.looks if number > look.seeds), None)


def _look(
    history: History,
    plan: LooksPlanned,
    name: str,
    pairs: Mapping[str, Mapping[str, Pair]],
) -> LookTaken | None:
    """The next look at an arm, None where none is left or a run of it has not ended."""
    number = _next_look(history, plan, name)
    ablation = history.spec.ablation
    if number is None or ablation is None:
        return None
    numbers = ablation.seeds[:number]
    sides = {}
    for task, (arm, reference) in pairs[name].items():
        mine = values(history, arm, plan.metric, numbers)
        theirs = values(history, reference, plan.metric, numbers)
        if min(len(mine), len(theirs)) < number:
            return None
        sides[task] = (mine, theirs)
    if plan.scale:
        index, relative = plan.looks.index(number), plan.scale == "each"
        look = look_over_tasks(
            sides, design(plan), index, goal(plan), margin(plan), relative=relative
        )
        return _taken(name, look, numbers)
    (mine, theirs) = next(iter(sides.values()))
    decision = sequential.decide(mine, theirs, design(plan), goal(plan), margin(plan))
    return _taken(name, decision.looks[-1], numbers)


def _taken(name: str, look: Look, numbers: Sequence[int]) -> LookTaken:
    judgement = look.judgement
    return LookTaken(
        arm=name,
        seeds=look.seeds,
        verdict=judgement.verdict.value,
        words=judgement.words,
        pairs=judgement.n,
        mean=_finite(judgement.mean),
        low=_finite(judgement.low),
        high=_finite(judgement.high),
        lacking=tuple(numbers[position] for position in look.lacking),
        reason=judgement.reason,
    )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
