"""Add arms to the study when the results that they depend on have arrived. Pure.

1. Arms that the study file declares. If the search has to fill in values, they wait for its end.
2. The search's best configurations (`top_k`).
3. Arms with the schedule that a population has found.
4. Arms with a condition, once it can be evaluated.
5. The steps of a path (`sweep.ablation.path_steps`).

A decision is an event in the log and is final. If an arm will not be trained, the event says why.
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
    """A decision on one task, with the arm names of the log, which end with the task."""
    if isinstance(event, ArmsDecided):
        return ArmsDecided(tuple(arm_on(arm, task) for arm in event.arms))
    if isinstance(event, ArmSkipped):
        return ArmSkipped(name_on(event.arm, task), event.reason)
    return event


def _decide(history: History) -> Decision:
    """The next events that complete the arms, `wait` for results, or `done`."""
    if history.spec.ablation is None:
        return "done"
    if not history.arms:
        return _declared_arms(history)
    waits = False
    for decide_on in (
        _best_arms,
        _scheduled_arms,
        _conditional_arms,
        path_steps.decide,
    ):
        answer = decide_on(history)
        if isinstance(answer, list):
            return answer
        waits |= answer == "wait"
    return "wait" if waits else "done"


def _declared_arms(history: History) -> Decision:
    """All arms that the file declares without a condition or a schedule."""
    spec = history.spec
    if spec.ablation is None:
        return "wait"
    if defaults.needs_search(history) and not joint_search.over(history):
        return "wait"
    every = declared(spec.ablation, spec.parameters)
    unconditional = [arm for arm in every if arm.when is None and arm.schedule is None]
    fill = defaults.filler(history)
    arms = tuple(designs.completed(spec, arm, fill) for arm in unconditional)
    return [ArmsDecided(arms)]


def _decided(history: History) -> set[str]:
    """Names of the arms that were added or skipped."""
    return {*(arm.name for arm in history.arms), *history.skipped}


# --------------------------------------------------------------------------- top_k


def _best_arms(history: History) -> Decision:
    """One arm for each of the search's best configurations."""
    ablation = history.spec.ablation
    top_k = 0 if ablation is None else ablation.designs.top_k or 0
    decided = _decided(history)
    ranks = range(1, top_k + 1)
    missing = [rank for rank in ranks if best_name(rank) not in decided]
    if not missing:
        return "done"
    if not joint_search.over(history):
        return "wait"
    distinct: dict[str, Trial] = {}
    for trial in joint_search.ranking(history):
        distinct.setdefault(configuration_key(trial.config), trial)
    ranked = list(distinct.values())
    baseline = next(arm for arm in history.arms if arm.name == BASELINE)
    reason = f"configurations the search completed: {len(ranked)}"
    arms: list[Arm] = []
    skipped: list[Event] = []
    for rank in missing:
        if rank <= len(ranked):
            arms.append(_best_arm(baseline, rank, ranked[rank - 1]))
        else:
            skipped.append(ArmSkipped(best_name(rank), reason))
    added: list[Event] = [ArmsDecided(tuple(arms))] if arms else []
    return added + skipped


def _best_arm(baseline: Arm, rank: int, trial: Trial) -> Arm:
    """The arm that trains one of the search's best configurations again."""
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


def _scheduled_arms(history: History) -> Decision:
    """Arms with the schedule that the population has found, once all members have ended."""
    spec = history.spec
    if spec.ablation is None:
        return "done"
    every = declared(spec.ablation, spec.parameters)
    scheduled = [arm for arm in every if arm.schedule is not None]
    decided = _decided(history)
    waiting = [arm for arm in scheduled if arm.name not in decided]
    if not waiting:
        return "done"
    if not joint_search.over(history):
        return "wait"
    schedule = population.schedule(history)
    if schedule is None:
        return [ArmSkipped(arm.name, "no member is complete") for arm in waiting]
    fill, best_member = defaults.filler(history), population.best(history)
    arms = [designs.completed(spec, arm, fill, schedule) for arm in waiting]
    if best_member is not None:
        arms = [replace(arm, origin=best_member.number) for arm in arms]
    return [ArmsDecided(tuple(arms))]


# --------------------------------------------------------------------------- conditions


def _conditional_arms(history: History) -> Decision:
    """The first arm whose condition can be evaluated: added, or skipped with the reason."""
    spec = history.spec
    if spec.ablation is None:
        return "done"
    stated_arms = spec.ablation.designs.arms.values()
    if not any(stated_in(arm)[1] for arm in stated_arms):
        return "done"
    decided, waits = _decided(history), False
    for arm in declared(spec.ablation, spec.parameters):
        if arm.when is None or arm.name in decided:
            continue
        verdict = _judge(history, arm.when)
        if verdict == "go":
            completed = designs.completed(spec, arm, defaults.filler(history))
            return [ArmsDecided((completed,))]
        if verdict != "wait":
            return [ArmSkipped(arm.name, verdict)]
        waits = True
    return "wait" if waits else "done"


def _judge(history: History, when: When) -> str:
    """`go`, `wait`, or the reason why the condition is not met."""
    metric = when.metric or history.spec.metric.name
    arm = next((arm for arm in history.arms if arm.name == when.arm), None)
    if when.arm in history.skipped:
        return f"it waits for {when.arm}, which was not trained: {history.skipped[when.arm]}"
    if arm is None or not retune.ready(history.spec, arm):
        return "wait"
    if not results.ended(history, arm):
        return "wait"
    value = results.mean(history, arm, metric)
    if value is None:
        return f"{when.arm} has no complete run with {metric}"
    if when.below is not None and not value < when.below:
        return f"mean {metric} of {when.arm} is {value:.4g}, not below {when.below:g}"
    if when.above is not None and not value > when.above:
        return f"mean {metric} of {when.arm} is {value:.4g}, not above {when.above:g}"
    return "go"
