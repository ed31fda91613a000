"""What a study's seeds can find, as `plan`, `check` and `init` say it, and how many seeds it takes.

Power is that of the procedure that tests the table's arms (`sweep.statistics.power_of_family`).
"""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path

from sweep.ablation import resampling
from sweep.durations import duration
from sweep.errors import UsageError
from sweep.model.trial import configuration_key
from sweep.session import plan as planning
from sweep.spec import StudySpec
from sweep.spec.tasks import tasks, without_task
from sweep.statistics import power_of_family
from sweep.statistics.task_power import smallest_change_over_tasks

LARGEST = 10.0  # standard deviations: a change larger than any met
_OF_SPLITS = (
    "each seed draws its own split, which is corrected for with n_test / n_train taken as "
    f"{resampling.ASSUMED_OF_SPLITS:g} until runs report their sizes"
)


def power_line(spec: StudySpec, planned: planning.Plan) -> str:
    """What the ablation's seeds can find with 80 % probability; "" without anything to compare."""
    arms = comparisons(spec, planned)
    if spec.ablation is None or not arms:
        return ""
    folds, confidence = spec.ablation.folds, spec.report.confidence
    pairs = folds or len(spec.ablation.seeds)
    unit = "folds" if folds else "seeds"
    ratio = _ratio(spec)
    family = f"{arms} comparison{'s' if arms > 1 else ''}"
    if is_hopeless(spec, planned):
        fewest = power_of_family.fewest_for_any(
            arms, confidence=confidence, largest=LARGEST
        )
        return (
            f"{pairs} {unit} cannot find any change with 80 % probability in {family}: {fewest} "
            f"find one of {LARGEST:.0f} standard deviations of the paired differences"
            f"{_one_deviation(arms, confidence)}. Give ablation.{unit} that many"
        )
    effect = power_of_family.smallest_effect(
        pairs, arms, confidence=confidence, test_to_train=ratio
    )
    text = (
        f"with {pairs} paired {unit} and {family}, a change is found with 80 % probability if it "
        f"is at least {effect:.2f} standard deviations of the paired differences"
    )
    if ratio is None:
        return text if folds else text + _one_deviation(arms, confidence)
    return text if folds else f"{text}; {_OF_SPLITS}"


def is_hopeless(spec: StudySpec, planned: planning.Plan) -> bool:
    """Whether no change can reach 80 % power with the seeds or folds that are planned."""
    arms = comparisons(spec, planned)
    if spec.ablation is None or not arms:
        return False
    folds = spec.ablation.folds
    found = power_of_family.power(
        LARGEST,
        folds or len(spec.ablation.seeds),
        arms,
        confidence=spec.report.confidence,
        test_to_train=_ratio(spec),
    )
    return found < power_of_family.WANTED


def comparisons(spec: StudySpec, planned: planning.Plan) -> int:
    """Members of the table's family: distinct comparisons times the metrics that are compared."""
    keys = {arm.name: configuration_key(arm.config) for arm in planned.arms}
    pairs = set()
    for arm in planned.arms:
        if arm.design == "shapley":  # has a table and a family of its own
            continue
        reference = keys.get(arm.reference or arm.name)
        if reference is not None and reference != keys[arm.name]:
            pairs.add((keys[arm.name], reference))
    return (len(pairs) + planned.top_k) * max(len(spec.report.compare), 1)


def arms_compared(spec: StudySpec, planned: planning.Plan) -> int:
    """Distinct comparisons of an arm with its reference, each over all tasks, if there are any."""
    keys = {arm.name: configuration_key(arm.config) for arm in planned.arms}
    named = {task.name: task for task in tasks(spec.parameters)}
    pairs: dict[str, list[tuple[str, str]]] = {}
    for arm in planned.arms:
        if arm.design == "shapley" or arm.reference not in keys:
            continue
        task = named.get(arm.task or "")
        name = arm.name if task is None else without_task(arm, task).name
        pairs.setdefault(name, []).append((keys[arm.name], keys[arm.reference]))
    differing = {
        tuple(of_arm)
        for of_arm in pairs.values()
        if any(own != other for own, other in of_arm)
    }
    return len(differing) + planned.top_k


def power_over_tasks(spec: StudySpec, planned: planning.Plan) -> str:
    """What the seeds and tasks can find over all tasks; "" without several, or in looks."""
    count, ablation = len(tasks(spec.parameters)), spec.ablation
    arms = arms_compared(spec, planned)
    if count < 2 or ablation is None or not arms or ablation.until_decided is not None:
        return ""
    target, seeds = spec.report.tasks, len(ablation.seeds)
    if ablation.folds:
        return ""
    effect = smallest_change_over_tasks(
        count, seeds, target, arms, spec.report.confidence
    )
    family = f"{arms} arm{'s' if arms > 1 else ''}"
    if target == "like_these":
        if math.isinf(effect):
            return f"tasks like these: {count} tasks say nothing of others; at least 5 are needed"
        unit = "standard deviations of the tasks' own changes; more seeds do not help"
        what = f"tasks like these: with {count} tasks and {family}"
    else:
        if math.isinf(effect):
            return f"over {count} tasks: {seeds} seeds have no interval; at least 3 are needed"
        unit = (
            "standard deviations of the paired differences on a task, the same on each"
        )
        what = f"over {count} tasks: with {seeds} seeds on each and {family}"
    return f"{what}, a change is found with 80 % probability if it is at least {effect:.2f} {unit}"


def detection(
    spec: StudySpec, planned: planning.Plan, change: float, sd: float, *, probe: bool
) -> str:
    """How many seeds find a change of the first metric with 80 % probability, and what they cost.

    Args:
        spec: the study.
        planned: its plan.
        change: to be found, in the metric's unit.
        sd: standard deviation of the paired differences, in the same unit.
        probe: train two epochs to estimate the hours.

    Raises:
        UsageError: a study without arms to compare or with folds, or numbers that are none.
    """
    arms = comparisons(spec, planned)
    if spec.ablation is None or not arms:
        raise UsageError(
            "--detect asks how many seeds an ablation takes; this study compares none"
        )
    if spec.ablation.folds:
        raise UsageError(
            "--detect counts seeds, and this study pairs its arms by fold (ablation.folds); leave "
            "the folds out: --set ablation.folds=null"
        )
    seeds = power_of_family.detect(change, sd, arms, confidence=spec.report.confidence)
    family = f"{arms} comparison{'s' if arms > 1 else ''}"
    what = f"a change of {change:g} where paired differences have standard deviation {sd:g}"
    if seeds is None:
        most = power_of_family.MOST_SEEDS
        return f"{what}: not found with 80 % probability by {most} seeds in {family}"
    wanted = replace(
        spec,
        ablation=spec.ablation.model_copy(update={"stated_seeds": tuple(range(seeds))}),
    )
    trials = planning.plan(wanted).trials
    text = f"{what} takes {seeds} seeds in {family} (80 % probability): {trials} trials"
    return f"{text}, {hours(wanted, planning.plan(wanted))}" if probe else text


def trials_at_once(spec: StudySpec, planned: planning.Plan) -> int:
    """How many trials this machine's CPUs take at a time."""
    at_once = max(int((os.cpu_count() or 1) // planning.cpus(spec, planned)), 1)
    return min(at_once, spec.resources.max_concurrent or at_once)


def seconds(spec: StudySpec) -> tuple[float, float]:
    """How long a study will take, from and to, from a timed probe."""
    planned = planning.plan(spec)
    measured = planning.probe(spec, Path(spec.base_dir))
    return planning.cost(spec, planned, measured, trials_at_once(spec, planned))


def hours(
    spec: StudySpec,
    planned: planning.Plan,
    measured: planning.Probe | None = None,
    likely: float | None = None,
) -> str:
    """How long a study will take, from a timed probe.

    Args:
        spec: the study.
        planned: its plan.
        measured: the probe; None: one is made here.
        likely: expected trials of the ablation, where seeds are added until its arms are decided.
    """
    if measured is None:
        measured = planning.probe(spec, Path(spec.base_dir))
    at_once = trials_at_once(spec, planned)
    least, most = planning.cost(spec, planned, measured, at_once)
    span = duration(most)
    if likely is not None:
        saved = (planned.ablation_trials - likely) * most / planned.trials
        span = f"{duration(most - saved)}, {duration(most)} at worst,"
    elif least < 0.9 * most:
        span = f"{duration(least)} to {duration(most)}"
    return (
        f"about {span} with {at_once} trials at a time (measured here: {measured.start:.1f} s to "
        f"start, {measured.epoch:.2f} s an epoch; starting Ray and its workers comes on top)"
    )


def _ratio(spec: StudySpec) -> float | None:
    """n_test / n_train that the table's procedure will correct for, as far as a file tells."""
    metrics = spec.report.compare or spec.report.metrics[:1] or (spec.metric.name,)
    found = resampling.planned_resampling(spec, metrics)
    return None if found is None else found.ratio


def _one_deviation(arms: int, confidence: float) -> str:
    enough = power_of_family.detect(1.0, 1.0, arms, confidence=confidence)
    return "" if enough is None else f"; {enough} seeds find one standard deviation"
