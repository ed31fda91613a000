"""Which arms there are, decided in portions as the results come in that they follow from. Pure.

First come the arms that the study file states, once the search has ended if it has to fill
something in; then the search's best (`top_k`), arms with its schedule, the arms whose condition is
met, and a path's steps (`sweep.ablation.path_steps`). What is decided is an event in the log and
never decided again; an arm that will not be trained is an event too, with the reason.
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

Decision = (
    list[Event] | Idle
)  # events to record; wait for results; nothing is left to decide


def decide(history: History) -> Decision:
    """The next portion of arms, `wait` if only results can bring it, `done` if all is decided.

    Raises:
        SweepError: an arm takes a value from the search, and no completed search trial has one.
    """
    if history.spec.ablation is None:
        return "done"
    known = tasks(history.spec.parameters)
    if not known:
        return _decide(history)
    waits = False
    for task in known:
        answer = _decide(on_task(history, task))
        if isinstance(answer, list):
            return [_named_on(event, task) for event in answer]
        waits |= answer == "wait"
    return "wait" if waits else "done"


def _named_on(event: Event, task: Task) -> Event:
    """A decision on one task, as the log keeps it."""
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
    """The arms that the file states without a condition, all at once."""
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
    """The search's best configurations, each an arm of its own."""
    wanted = (
        history.spec.ablation.designs.top_k
        if history.spec.ablation is not None
        else None
    )
    known = {*(arm.name for arm in history.arms), *history.skipped}
    missing = [
        rank for rank in range(1, (wanted or 0) + 1) if best_name(rank) not in known
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
    known = {*(arm.name for arm in history.arms), *history.skipped}
    every = declared(spec.ablation, spec.parameters)
    scheduled = [d for d in every if d.schedule is not None]
    waiting = [d for d in scheduled if d.name not in known]
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
    """Arms whose condition can be judged now: decided on, or skipped with the reason."""
    spec = history.spec
    if spec.ablation is None or not any(
        stated_in(arm)[1] for arm in spec.ablation.designs.arms.values()
    ):
        return "done"
    known = {*(arm.name for arm in history.arms), *history.skipped}
    waiting = [
        d
        for d in declared(spec.ablation, spec.parameters)
        if d.when is not None and d.name not in known
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
    """`go`, `wait`, or why the condition is not met."""
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
