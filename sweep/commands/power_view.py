"""The statistical power of a study, as `plan`, `check` and `init` print it.

Power is computed for the procedure that tests the arms in the table
(`sweep.statistics.power_of_family`).
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
from sweep.provenance import mps
from sweep.session import gpu_share
from sweep.session import plan as planning
from sweep.session.first_configuration import first_configuration
from sweep.session.gpu_share import GpuShare
from sweep.spec import StudySpec
from sweep.spec.tasks import tasks, without_task
from sweep.statistics import power_of_family
from sweep.statistics.task_power import smallest_change_over_tasks

LARGEST = 10.0  # standard deviations: larger than any real change
_OF_SPLITS = (
    "each seed draws its own split; the correction assumes n_test / n_train = "
    f"{resampling.ASSUMED_OF_SPLITS:g} until runs report their sizes"
)


def power_line(spec: StudySpec, planned: planning.Plan) -> str:
    """The smallest change that the seeds detect with 80 % power; "" if no arms are compared."""
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
            f"{pairs} {unit} cannot detect any change with 80 % power in {family}: {fewest} "
            f"detect one of {LARGEST:.0f} standard deviations of the paired differences"
            f"{_one_deviation(arms, confidence)}. Increase ablation.{unit}"
        )
    effect = power_of_family.smallest_effect(
        pairs, arms, confidence=confidence, test_to_train=ratio
    )
    text = (
        f"with {pairs} paired {unit} and {family}, a change is detected with 80 % power if it is "
        f"at least {effect:.2f} standard deviations of the paired differences"
    )
    if ratio is None:
        return text if folds else text + _one_deviation(arms, confidence)
    return text if folds else f"{text}; {_OF_SPLITS}"


def is_hopeless(spec: StudySpec, planned: planning.Plan) -> bool:
    """Whether no change reaches 80 % power with the planned seeds or folds."""
    arms = comparisons(spec, planned)
    if spec.ablation is None or not arms:
        return False
    folds = spec.ablation.folds
    power = power_of_family.power(
        LARGEST,
        folds or len(spec.ablation.seeds),
        arms,
        confidence=spec.report.confidence,
        test_to_train=_ratio(spec),
    )
    return power < power_of_family.WANTED


def comparisons(spec: StudySpec, planned: planning.Plan) -> int:
    """The size of the table's family of tests: distinct comparisons times compared metrics."""
    keys = {arm.name: configuration_key(arm.config) for arm in planned.arms}
    pairs = set()
    for arm in planned.arms:
        if arm.design == "shapley":  # it has its own table and family
            continue
        reference = keys.get(arm.reference or arm.name)
        if reference is not None and reference != keys[arm.name]:
            pairs.add((keys[arm.name], reference))
    return (len(pairs) + planned.top_k) * max(len(spec.report.compare), 1)


def arms_compared(spec: StudySpec, planned: planning.Plan) -> int:
    """The number of distinct comparisons of an arm with its reference, each over all tasks."""
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
        if any(key != reference_key for key, reference_key in of_arm)
    }
    return len(differing) + planned.top_k


def power_over_tasks(spec: StudySpec, planned: planning.Plan) -> str:
    """The smallest detectable change over all tasks; "" without several tasks, or in looks."""
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
            return f"tasks like these: {count} tasks are too few for a conclusion; 5 are needed"
        unit = "standard deviations of the tasks' own changes; more seeds do not help"
        condition = f"tasks like these: with {count} tasks and {family}"
    else:
        if math.isinf(effect):
            return f"over {count} tasks: {seeds} seeds have no interval; at least 3 are needed"
        unit = (
            "standard deviations of the paired differences on a task, the same on each"
        )
        condition = f"over {count} tasks: with {seeds} seeds on each and {family}"
    detected = f"a change is detected with 80 % power if it is at least {effect:.2f}"
    return f"{condition}, {detected} {unit}"


def detection(
    spec: StudySpec, planned: planning.Plan, change: float, sd: float, *, probe: bool
) -> str:
    """How many seeds detect a change of the first metric with 80 % power, and what they cost.

    Args:
        spec: the study.
        planned: its plan.
        change: the change to detect, in the metric's unit.
        sd: standard deviation of the paired differences, in the same unit.
        probe: train two epochs to estimate the hours.

    Raises:
        UsageError: the study compares no arms or has folds, or a number is not positive and finite.
    """
    arms = comparisons(spec, planned)
    if spec.ablation is None or not arms:
        raise UsageError(
            "--detect needs an ablation with arms to compare; this study has none"
        )
    if spec.ablation.folds:
        raise UsageError(
            "--detect counts seeds, but this study pairs its arms by fold (ablation.folds); remove "
            "the folds: --set ablation.folds=null"
        )
    seeds = power_of_family.detect(change, sd, arms, confidence=spec.report.confidence)
    family = f"{arms} comparison{'s' if arms > 1 else ''}"
    question = (
        f"a change of {change:g} if paired differences have standard deviation {sd:g}"
    )
    if seeds is None:
        most = power_of_family.MOST_SEEDS
        return f"{question}: not detected with 80 % power by {most} seeds in {family}"
    enlarged = replace(
        spec,
        ablation=spec.ablation.model_copy(update={"stated_seeds": tuple(range(seeds))}),
    )
    trials = planning.plan(enlarged).trials
    text = f"{question} needs {seeds} seeds in {family} (80 % power): {trials} trials"
    return f"{text}, {hours(enlarged, planning.plan(enlarged))}" if probe else text


def trials_at_once(
    spec: StudySpec, planned: planning.Plan, measured: planning.Probe
) -> int:
    """How many trials run in parallel on this machine's CPUs and GPUs."""
    at_once = max(int((os.cpu_count() or 1) // planning.cpus(spec, planned)), 1)
    if measured.gpus:
        at_once = min(at_once, _on_gpus(spec, measured) or at_once)
    return min(at_once, spec.resources.max_concurrent or at_once)


def _on_gpus(spec: StudySpec, measured: planning.Probe) -> int:
    """How many trials this machine's GPUs take at a time; 0: they take none of a GPU."""
    if spec.resources.measured:
        return gpu_share_of(spec, measured).at_once
    share = spec.resources.share(first_configuration(spec)).gpu
    if share == 0:
        return 0
    return max(int(measured.gpus / (share or 1.0) + 1e-9), 1)


def gpu_share_of(spec: StudySpec, measured: planning.Probe) -> GpuShare:
    """How many trials fit on a GPU of this machine, from the probe."""
    return gpu_share.propose(
        measured.gpu,
        gpus=measured.gpus,
        cores=os.cpu_count() or 1,
        cpu=spec.resources.cpu,
        with_mps=mps.running(),
    )


def seconds(
    spec: StudySpec, planned: planning.Plan, measured: planning.Probe
) -> tuple[float, float]:
    """The shortest and the longest duration of a study in seconds, from a timed probe."""
    at_once = trials_at_once(spec, planned, measured)
    return planning.cost(spec, planned, measured, at_once)


def hours(
    spec: StudySpec,
    planned: planning.Plan,
    measured: planning.Probe | None = None,
    likely: float | None = None,
) -> str:
    """The duration of a study in words, from a timed probe.

    Args:
        spec: the study.
        planned: its plan.
        measured: the probe; None: measure now.
        likely: expected number of ablation trials, if seeds are added until arms are decided.
    """
    if measured is None:
        measured = planning.probe(spec, Path(spec.base_dir))
    at_once = trials_at_once(spec, planned, measured)
    least, most = planning.cost(spec, planned, measured, at_once)
    span = duration(most)
    if likely is not None:
        saved = (planned.ablation_trials - likely) * most / planned.trials
        span = f"{duration(most - saved)}, {duration(most)} at worst,"
    elif least < 0.9 * most:
        span = f"{duration(least)} to {duration(most)}"
    return (
        f"about {span} with {at_once} trials at a time (measured here: {measured.start:.1f} s to "
        f"start, {measured.epoch:.2f} s an epoch; not counting the start of Ray and its workers)"
    )


def _ratio(spec: StudySpec) -> float | None:
    """The ratio n_test / n_train that the table's procedure corrects for, if the file tells it."""
    metrics = spec.report.compare or spec.report.metrics[:1] or (spec.metric.name,)
    planned = resampling.planned_resampling(spec, metrics)
    return None if planned is None else planned.ratio


def _one_deviation(arms: int, confidence: float) -> str:
    enough = power_of_family.detect(1.0, 1.0, arms, confidence=confidence)
    return "" if enough is None else f"; {enough} seeds detect one standard deviation"
