"""Decide on arms as the results they depend on arrive. Pure.

First come the arms that the study file declares; if the search has to fill in values, they wait for
its end. Then come the search's best configurations (`top_k`), arms with its schedule, arms whose
condition is met, and the steps of a path (`sweep.ablation.path_steps`). A decision is an event in
the log and is final. An arm that will not be trained is an event as well, with the reason.
"""

from __future__ import annotations

from dataclasses import replace

from sweep.ablation import defaults, designs, path_steps, results, retune
from sweep.history.history import History
from sweep.history.task_view import on_task
from sweep.model.arm import Arm
from sweep.model.events import ArmsDecided, ArmSkipped, Event
from sweep.model.trial import Idle, Trial, configuration_key
from sweep.search import joint_search, population
from sweep.spec import When
from sweep.spec.arms import BASELINE, best_name, declared, stated_in
from sweep.spec.tasks import Task, arm_on, name_on, tasks

# Events to record; `wait` for results; `done` if all arms are decided.
Decision = list[Event] | Idle


def decide(history: History) -> Decision:
    """The next arms; `wait` if they depend on missing results; `done` if all arms are decided.

    Raises:
        SweepError: an arm takes a value from the search, and no completed search trial has one.
    """
    if history.spec.ablation is None:
        return "done"
    study_tasks = tasks(history.spec.parameters)
    if not study_tasks:
        return _decide(history)
    waits = False
    for task in study_tasks:
        answer = _decide(on_task(history, task))
        if isinstance(answer, list):
            return [_named_on(event, task) for event in answer]
        waits |= answer == "wait"
    return "wait" if waits else "done"


def _named_on(event: Event, task: Task) -> Event:
    """A decision on one task, with the names that the log uses."""
    if isinstance(event, ArmsDecided):
        return ArmsDecided(tuple(arm_on(arm, task) for arm in event.arms))
    if isinstance(event, ArmSkipped):
        return ArmSkipped(name_on(event.arm, task), event.reason)
    return event


def _decide(history: History) -> Decision:
    if history.spec.ablation is None:
        return "done"
    if not history.arms:
        return _stated(history)
    waits = False
    for portion in (_best, _scheduled, _conditional, path_steps.decide):
        answer = portion(history)
        if isinstance(answer, list):
            return answer
        waits |= answer == "wait"
    return "wait" if waits else "done"


def _stated(history: History) -> Decision:
    """All arms that the file declares without a condition."""
    spec = history.spec
    if spec.ablation is None or (
        defaults.needs_search(history) and not joint_search.over(history)
    ):
        return "wait"
    every = declared(spec.ablation, spec.parameters)
    stated = [d for d in every if d.when is None and d.schedule is None]
    fill = defaults.filler(history)
    return [ArmsDecided(tuple(designs.completed(spec, d, fill) for d in stated))]


# --------------------------------------------------------------------------- top_k


def _best(history: History) -> Decision:
    """One arm for each of the search's best configurations."""
    wanted = (
        history.spec.ablation.designs.top_k
        if history.spec.ablation is not None
        else None
    )
    decided = {*(arm.name for arm in history.arms), *history.skipped}
    missing = [
        rank for rank in range(1, (wanted or 0) + 1) if best_name(rank) not in decided
    ]
    if not missing:
        return "done"
    if not joint_search.over(history):
        return "wait"
    distinct: dict[str, Trial] = {}
    for trial in joint_search.ranking(history):
        distinct.setdefault(configuration_key(trial.config), trial)
    ranked = list(distinct.values())
    baseline = next(arm for arm in history.arms if arm.name == BASELINE)
    arms = [
        _top(baseline, rank, ranked[rank - 1])
        for rank in missing
        if rank <= len(ranked)
    ]
    reason = f"configurations the search completed: {len(ranked)}"
    events: list[Event] = [ArmsDecided(tuple(arms))] if arms else []
    events += [
        ArmSkipped(best_name(rank), reason) for rank in missing if rank > len(ranked)
    ]
    return events


def _top(baseline: Arm, rank: int, trial: Trial) -> Arm:
    return Arm(
        best_name(rank),
        trial.config,
        "top_k",
        BASELINE,
        None,
        designs.beyond(baseline.config, trial.config),
        origin=trial.number,
    )


# --------------------------------------------------------------------------- schedules


def _scheduled(history: History) -> Decision:
    """Arms with the schedule that the population finds, once its members have ended."""
    spec = history.spec
    if spec.ablation is None:
        return "done"
    decided = {*(arm.name for arm in history.arms), *history.skipped}
    every = declared(spec.ablation, spec.parameters)
    scheduled = [d for d in every if d.schedule is not None]
    waiting = [d for d in scheduled if d.name not in decided]
    if not waiting:
        return "done"
    if not joint_search.over(history):
        return "wait"
    schedule = population.schedule(history)
    if schedule is None:
        return [ArmSkipped(d.name, "no member is complete") for d in waiting]
    fill, origin = defaults.filler(history), population.best(history)
    arms = [designs.completed(spec, d, fill, schedule) for d in waiting]
    if origin is not None:
        arms = [replace(arm, origin=origin.number) for arm in arms]
    return [ArmsDecided(tuple(arms))]


# --------------------------------------------------------------------------- conditions


def _conditional(history: History) -> Decision:
    """Arms whose condition can be evaluated now: decided on, or skipped with the reason."""
    spec = history.spec
    if spec.ablation is None or not any(
        stated_in(arm)[1] for arm in spec.ablation.designs.arms.values()
    ):
        return "done"
    decided = {*(arm.name for arm in history.arms), *history.skipped}
    waiting = [
        d
        for d in declared(spec.ablation, spec.parameters)
        if d.when is not None and d.name not in decided
    ]
    for d in waiting:
        verdict = "wait" if d.when is None else _judge(history, d.when)
        if verdict == "go":
            arm = designs.completed(spec, d, defaults.filler(history))
            return [ArmsDecided((arm,))]
        if verdict != "wait":
            return [ArmSkipped(d.name, verdict)]
    return "wait" if waiting else "done"


def _judge(history: History, when: When) -> str:
    """`go`, `wait`, or the reason why the condition is not met."""
    metric = when.metric or history.spec.metric.name
    arm = next((arm for arm in history.arms if arm.name == when.arm), None)
    if when.arm in history.skipped:
        return f"it waits for {when.arm}, which was not trained: {history.skipped[when.arm]}"
    if (
        arm is None
        or not retune.ready(history.spec, arm)
        or not results.ended(history, arm)
    ):
        return "wait"
    value = results.mean(history, arm, metric)
    if value is None:
        return f"{when.arm} has no complete run with {metric}"
    if when.below is not None and not value < when.below:
        return f"mean {metric} of {when.arm} is {value:.4g}, not below {when.below:g}"
    if when.above is not None and not value > when.above:
        return f"mean {metric} of {when.arm} is {value:.4g}, not above {when.above:g}"
    return "go"
