"""The verdict on each arm over all tasks, from the seeds so far. Pure.

It is about the tasks and the scale in `report.tasks` and `report.scale`. If seeds are added in
looks, it is that of the last look. `sweep.ablation.verdicts` has the verdicts on single tasks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from sweep.ablation import looks
from sweep.ablation.looks import Pair
from sweep.ablation.verdicts import (
    MOST_SEEDS,
    NO_FORECAST,
    ArmVerdict,
    forecast_words,
    judgement_of,
    metric_of,
    trials_of,
    values_of,
)
from sweep.errors import UsageError
from sweep.history.history import History
from sweep.model.events import LooksPlanned, LookTaken
from sweep.spec.goals import goal_of
from sweep.spec.tasks import tasks
from sweep.statistics.samples import Vector
from sweep.statistics.sequential_forecast import seeds_until_decided
from sweep.statistics.t_interval import t_quantile
from sweep.statistics.task_change import Target, task_signs
from sweep.statistics.task_verdict import changes_of, judge_over_tasks
from sweep.statistics.verdict_forecast import seeds_to_decide
from sweep.statistics.verdicts import Goal, Judgement, Margin, Verdict

Pairs = Mapping[str, tuple[Vector, Vector]]
FOLDS = "folds of one data set are not independent"


def task_verdicts(history: History) -> dict[str, ArmVerdict]:
    """Arm's name without its task → its verdict over all tasks; empty without tasks.

    Args:
        history: the whole study.
    """
    study_tasks = tasks(history.spec.parameters)
    if len(study_tasks) < 2:
        return {}
    compared = {
        name: pairs
        for name, pairs in looks.comparisons(history).items()
        if all(arm.design != "shapley" for arm, _ in pairs.values())
    }
    if looks.is_sequential(history):
        return _looked_at(history, compared)
    level = 1 - (1 - history.spec.report.confidence) / max(len(compared), 1)
    verdicts_of = {}
    for name, pairs in compared.items():
        if not _differs(pairs):
            continue
        values = {
            task.name: _values(history, pairs.get(task.name)) for task in study_tasks
        }
        seeds = max(len(here) for here, _ in values.values())
        lacking = _lacking(history, values)
        complete = {task: _complete(*both) for task, both in values.items()}
        judgement = judged(
            history, complete, level, goal_of(history.spec, metric_of(history))
        )
        forecast = fixed_forecast(history, complete, judgement, level)
        reference = next(iter(pairs.values()))[1].name
        behind = _trials(history, pairs, seeds)
        hides = hidden_signs(complete, goal_of(history.spec, metric_of(history)))
        verdicts_of[name] = ArmVerdict(
            name, reference, judgement, seeds, lacking, behind, forecast, hides
        )
    return verdicts_of


def judged(history: History, pairs: Pairs, level: float, goal: Goal) -> Judgement:
    """The verdict of complete pairs on each task, at the level of the printed interval.

    Args:
        history: the study.
        pairs: task → values of the arm and of its reference.
        level: confidence of this arm's interval.
        goal: whether the metric is maximized or minimized.
    """
    spec = history.spec
    if (
        spec.ablation is not None
        and spec.ablation.folds
        and spec.report.tasks == "these"
    ):
        nothing = math.nan
        return Judgement(Verdict.UNDECIDED, nothing, nothing, nothing, 0, None, FOLDS)
    return judge_over_tasks(
        pairs,
        spec.report.tasks,
        goal,
        None if spec.ablation is None else spec.ablation.smallest_change,
        relative=spec.report.scale == "each" and len(pairs) > 1,
        confidence=level,
    )


def fixed_forecast(
    history: History, pairs: Pairs, judgement: Judgement, level: float
) -> str:
    """The number of seeds that would probably decide over these tasks; "" if it is decided.

    For a conclusion on similar tasks, more seeds do not help.
    """
    spec = history.spec
    target: Target = spec.report.tasks
    if (
        judgement.verdict is not Verdict.UNDECIDED
        or target != "these"
        or not judgement.n
    ):
        return ""
    if judgement.reason in NO_FORECAST:
        return ""
    relative = spec.report.scale == "each"
    means = _means_by_seed(pairs, relative=relative)
    margin = None if spec.ablation is None else spec.ablation.smallest_change
    size = _size(margin, pairs, relative=relative)
    if len(means) < 2 or size == 0:
        return ""

    def critical_value(seeds: int) -> float:
        return t_quantile(len(pairs) * (seeds - 1), (1 - level) / 2)

    most = max(MOST_SEEDS, len(means))
    return forecast_words(seeds_to_decide(means, critical_value, size, most=most), most)


def hidden_signs(pairs: Pairs, goal: Goal) -> str:
    """A warning if an arm clearly helps on some tasks and hurts on others; else "".

    It uses each task's own 95 % interval, so it is no conclusion on a single task.
    """
    differences = {
        task: here - there for task, (here, there) in pairs.items() if len(here) > 1
    }
    if len(differences) < 2:
        return ""
    signs = task_signs(differences, goal)
    if not signs.clearly_differ:
        return ""
    better, worse, count = len(signs.better), len(signs.worse), len(pairs)
    return f"better on {better} and worse on {worse} of {count} tasks"


# --------------------------------------------------------------------------- pieces


def _differs(pairs: Mapping[str, Pair]) -> bool:
    """Whether an arm has another configuration than its reference on some task."""
    return any(arm.config != reference.config for arm, reference in pairs.values())


def _values(history: History, pair: Pair | None) -> tuple[Vector, Vector]:
    """Values of an arm and of its reference (n,), NaN where there is none; none where a task lacks
    the arm.
    """
    if pair is None:
        return np.empty(0), np.empty(0)
    metric = metric_of(history)
    return values_of(history, pair[0], metric), values_of(history, pair[1], metric)


def _complete(here: Vector, there: Vector) -> tuple[Vector, Vector]:
    """The values of the seeds that both arms have."""
    both = np.isfinite(here) & np.isfinite(there)
    return here[both], there[both]


def _lacking(history: History, values: Pairs) -> tuple[int, ...]:
    """The seeds, or folds, that an arm or its reference did not complete on some task."""
    ablation = history.spec.ablation
    if ablation is None:
        return ()
    blocks = ablation.seeds if ablation.folds is None else tuple(range(ablation.folds))
    lacking = set()
    for arm_values, reference_values in values.values():
        for block, one, other in zip(
            blocks, arm_values, reference_values, strict=False
        ):
            if not (math.isfinite(one) and math.isfinite(other)):
                lacking.add(block)
    return tuple(sorted(lacking))


def _trials(history: History, pairs: Mapping[str, Pair], seeds: int) -> tuple[int, ...]:
    """The trials of the pairs on all tasks, for the first seeds."""
    numbers: set[int] = set()
    for pair in pairs.values():
        numbers |= set(trials_of(history, pair, seeds))
    return tuple(sorted(numbers))


def _means_by_seed(pairs: Pairs, *, relative: bool) -> Vector:
    """Mean change over tasks of each seed (n,): for a forecast, in which seeds are one sample."""
    try:
        changes = changes_of(pairs, relative=relative)
    except UsageError:
        return np.empty(0)
    fewest = min(len(each) for each in changes)
    return np.asarray(
        np.mean([each[:fewest] for each in changes], axis=0), dtype=np.float64
    )


def _size(margin: Margin | None, pairs: Pairs, *, relative: bool) -> float | None:
    """The margin in the units of the change; None if the study states none."""
    if margin is None:
        return None
    if relative:
        return margin.size if margin.relative else None
    means = [float(np.mean(there)) for _, there in pairs.values()]
    return margin.in_units(float(np.mean(means)))


# --------------------------------------------------------------------------- looks


def _looked_at(
    history: History, compared: Mapping[str, Mapping[str, Pair]]
) -> dict[str, ArmVerdict]:
    """The verdict of the last look at each arm; undecided before the first look."""
    plan = history.look_plan
    if plan is None:
        return {}
    verdicts_of = {}
    for name, pairs in compared.items():
        arm, reference = next(iter(pairs.values()))
        planned = looks.planned_name(history, arm)
        if planned is None:
            continue
        look = looks.latest(history, planned)
        if look is None:
            reason = f"the first look is at {plan.looks[0]} seeds"
            unknown = math.nan
            judgement = Judgement(
                Verdict.UNDECIDED, unknown, unknown, unknown, 0, None, reason
            )
            verdicts_of[name] = ArmVerdict(name, reference.name, judgement, 0)
            continue
        verdicts_of[name] = ArmVerdict(
            name,
            reference.name,
            judgement_of(look, plan),
            look.seeds,
            look.lacking,
            _trials(history, pairs, look.seeds),
            _look_forecast(history, plan, look, pairs),
            hidden_signs(_looked_pairs(history, plan, look, pairs), looks.goal(plan)),
        )
    return verdicts_of


def _look_forecast(
    history: History, plan: LooksPlanned, look: LookTaken, pairs: Mapping[str, Pair]
) -> str:
    """How many seeds an undecided arm may still need; "" if that cannot be said."""
    if (
        look.verdict != Verdict.UNDECIDED
        or look.pairs < 2
        or look.reason in NO_FORECAST
    ):
        return ""
    most = plan.looks[-1]
    if look.seeds >= most:
        return forecast_words(None, most)
    complete = _looked_pairs(history, plan, look, pairs)
    relative = plan.scale == "each"
    means = _means_by_seed(complete, relative=relative)
    size = _size(looks.margin(plan), complete, relative=relative)
    if len(means) < 2 or size == 0:
        return ""
    return forecast_words(seeds_until_decided(means, looks.design(plan), size), most)


def _looked_pairs(
    history: History, plan: LooksPlanned, look: LookTaken, pairs: Mapping[str, Pair]
) -> dict[str, tuple[Vector, Vector]]:
    """The complete pairs that a look used."""
    found = {}
    for task, (arm, reference) in pairs.items():
        arm_values = values_of(history, arm, plan.metric)[: look.seeds]
        reference_values = values_of(history, reference, plan.metric)[: look.seeds]
        found[task] = _complete(arm_values, reference_values)
    return found
