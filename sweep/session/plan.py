"""What a study will do, before it does it: trials, cost from a timed probe, smallest detectable effect."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sweep import command, stopping
from sweep.ablation import designs, path, results, retune, variance_stage
from sweep.model.arm import Arm
from sweep.model.parameters import Constant, same, typical
from sweep.model.trial import EpochReport, configuration_key
from sweep.search import search_stage
from sweep.spec import StudySpec
from sweep.spec.adaptive import BEST
from sweep.spec.arms import declared
from sweep.spec.completion import complete
from sweep.spec.tasks import arm_on, on_task, tasks, without_task
from sweep.worker.checkpoint import FOLDER
from sweep.worker.environment_values import filled
from sweep.worker.local_run import LocalRun

PROBE_EPOCHS = 2


@dataclass(frozen=True)
class Plan:
    """What `sweep plan` prints.

    Attributes:
        search_trials: configurations times the search's seeds; pruning only makes them shorter.
        arms: those the study file states, with placeholders where the search will fill in values.
        ablation_trials: at most, over every arm that may come: distinct configurations times seeds
            times folds.
        shared: runs saved because designs share arms.
        epochs: budget of one trial, None when the trainer has no `epochs`.
        pairs: runs of an arm that are paired with its reference.
        top_k: arms that the search's best configurations will make.
        path_arms: arms that the path will make, at most.
        optional: of `ablation_trials` and `retune_trials`, those that depend on results: of arms
            with a condition, and of a path whose end the search chooses.
        retune_trials: at most, over all arms.
        variance_trials: of the baseline, its sources of randomness drawn apart.
        tasks: on how many each arm is trained; 1 where the study has none. An arm is listed once
            for each.
    """

    search_trials: int
    arms: tuple[Arm, ...]
    ablation_trials: int
    shared: int
    epochs: int | None
    pairs: int
    top_k: int = 0
    path_arms: int = 0
    optional: int = 0
    retune_trials: int = 0
    variance_trials: int = 0
    tasks: int = 1

    @property
    def trials(self) -> int:
        """All of them, at most."""
        stages = self.search_trials + self.retune_trials + self.ablation_trials
        return stages + self.variance_trials


@dataclass(frozen=True)
class Probe:
    """Measured on the first arm.

    Attributes:
        start: seconds until the first epoch's report, beyond an epoch's time.
        epoch: seconds of an epoch.
        checkpoint: bytes of a checkpoint; 0 where the trainer registers nothing to restore.
    """

    start: float
    epoch: float
    checkpoint: int = 0


def plan(spec: StudySpec) -> Plan:
    """Count what a study will train: on every task, if it has any."""
    known = tasks(spec.parameters)
    if not known:
        return _plan(spec)
    plans = [(task, _plan(on_task(spec, task))) for task in known]
    arms = [arm_on(arm, task) for task, planned in plans for arm in planned.arms]
    total = {}
    for each in (
        "search_trials",
        "ablation_trials",
        "shared",
        "optional",
        "retune_trials",
        "variance_trials",
    ):
        total[each] = sum(getattr(planned, each) for _, planned in plans)
    epochs = [planned.epochs for _, planned in plans]
    longest = None if None in epochs else max(e for e in epochs if e is not None)
    pairs = plans[0][1].pairs
    return Plan(arms=tuple(arms), epochs=longest, pairs=pairs, tasks=len(known), **total)


def _plan(spec: StudySpec) -> Plan:
    search_trials = search_stage.planned(spec) * len(spec.search.pairs) if spec.search else 0
    if spec.ablation is None:
        return Plan(search_trials, (), 0, 0, budget_epochs(spec), 0)
    arms = designs.arms(spec, lambda name, _: typical(spec.parameters[name].domain))
    per_arm = len(spec.ablation.seeds) * len(results.folds(spec.ablation.folds))
    distinct = _distinct(arms)
    waiting = {d.name for d in declared(spec.ablation, spec.parameters) if d.when is not None}
    certain = _distinct([arm for arm in arms if arm.name not in waiting])
    top_k = spec.ablation.designs.top_k or 0
    on_path, fewest = _path_arms(spec, arms)
    retune_arm = max((retune.planned(spec, arm) for arm in arms), default=0)
    groups = {_retune_group(spec, arm): arm for arm in arms}
    open_arms = on_path - fewest + len(distinct) - len(certain)
    return Plan(
        search_trials=search_trials,
        arms=arms,
        ablation_trials=(len(distinct) + top_k + on_path) * per_arm,
        shared=(len(arms) - len(distinct)) * per_arm,
        epochs=budget_epochs(spec),
        pairs=per_arm,
        top_k=top_k,
        path_arms=on_path,
        optional=open_arms * (per_arm + retune_arm),
        retune_trials=sum(retune.planned(spec, arm) for arm in groups.values())
        + (top_k + on_path) * retune_arm,
        variance_trials=len(variance_stage.squares(spec)),
    )


def _distinct(arms: Sequence[Arm]) -> set[str]:
    return {configuration_key(arm.config) for arm in arms}


def _retune_group(spec: StudySpec, arm: Arm) -> str:
    rule = retune.rule(spec)
    return configuration_key(arm.config) if rule is None else retune.group(spec, rule, arm.config)


def _path_arms(spec: StudySpec, arms: Sequence[Arm]) -> tuple[int, int]:
    """Arms of the path, at most and at least: n (n + 1) / 2 for n differences, and its start if no
    arm is that.

    Where the search chooses an end, every parameter with several values may differ, or only one.
    """
    way = spec.ablation.designs.path if spec.ablation is not None else None
    if way is None:
        return 0, 0
    start = 0 if isinstance(way.start, str) and way.start != BEST else 1
    rule = retune.rule(spec)
    tuned = () if rule is None else rule.parameters
    first, last = (_end(spec, end, arms) for end in (way.start, way.to))
    if first is not None and last is not None:
        steps = fewest = len(path.groups(spec.parameters, first, last, ignore=tuned))
    else:
        several = [
            n
            for n, p in spec.parameters.items()
            if n not in tuned and not isinstance(p.domain, Constant)
        ]
        steps, fewest = len(several), 0
    return steps * (steps + 1) // 2 + start, fewest * (fewest + 1) // 2 + (start if fewest else 0)


def _end(spec: StudySpec, end: Any, arms: Sequence[Arm]) -> Mapping[str, Any] | None:
    """The configuration of a path's end as far as the study file says it; None where the search does."""
    if isinstance(end, str):
        return next((arm.config for arm in arms if arm.name == end), None)
    return first_configuration(spec, end)


def cpus(spec: StudySpec, planned: Plan) -> float:
    """CPUs that a trial is given: the mean over the arms, and over search trials as if all were like the first one."""
    ablation = planned.trials - planned.search_trials
    shares = [spec.resources.share(arm.config).cpu for arm in planned.arms]
    searched = spec.resources.share(first_configuration(spec)).cpu
    if not shares or not planned.trials:
        return searched
    return (
        planned.search_trials * searched + ablation * sum(shares) / len(shares)
    ) / planned.trials


def budget_epochs(spec: StudySpec) -> int | None:
    """Epochs of a full trial, when `epochs` is a constant of the study."""
    epochs = spec.parameters.get("epochs")
    if (
        epochs is None
        or not isinstance(epochs.domain, Constant)
        or not isinstance(epochs.domain.value, int)
    ):
        return None
    return epochs.domain.value


def probe(spec: StudySpec, base: Path) -> Probe:
    """Train the first configuration for two epochs in this process, in a folder that is thrown away."""
    train = command.load(spec.trainer, base, spec.command)
    seconds: list[float] = []

    def stop_soon(report: EpochReport) -> bool:
        seconds.append(report.seconds)
        return len(seconds) >= PROBE_EPOCHS

    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sweep-probe-") as folder:
        config = dict(first_configuration(spec))
        train(
            config if spec.command is not None else filled(config),
            LocalRun(folder, on_report=stop_soon, metric=spec.metric.name),
        )
        total = time.monotonic() - began
        written = [path.stat().st_size for path in Path(folder).glob(f"{FOLDER}/epoch-*.pt")]
    epoch = seconds[-1] if seconds else total
    start = max(total - epoch * len(seconds), 0.0)
    return Probe(start, epoch, checkpoint=max(written, default=0))


def memory(spec: StudySpec, base: Path) -> str:
    """What the first configuration's data take, as its trainer says it; "" if it says nothing.

    A trainer says it in the function `memory(config)`, an attribute like `preload`.
    """
    train = command.load(spec.trainer, base, spec.command)
    told = getattr(train, "memory", None)
    return str(told(dict(first_configuration(spec)))) if callable(told) else ""


def paused_checkpoints(spec: StudySpec, planned: Plan) -> int:
    """Checkpoints that trials which wait at a rung keep, at most: all but one may.

    Each keeps its latest (`checkpoint.keep` of them) and its best one; with `all`, one for each
    epoch that is trained before a trial is complete.
    """
    if not spec.early_terminate.pauses:
        return 0
    epochs = planned.epochs or PROBE_EPOCHS
    keep = spec.checkpoint.keep
    each = epochs if keep == "all" else min(keep + 1, epochs)
    return (search_stage.planned(spec) - 1) * each


def cost(spec: StudySpec, planned: Plan, measured: Probe, at_once: int) -> tuple[float, float]:
    """Seconds the study will take, at least and at most.

    At most every trial that may come runs its whole budget; at least each search and retuning
    trains what its rule cannot stop (`sweep.stopping.least`), and no arm is trained that depends on
    results.
    """
    epochs = planned.epochs or PROBE_EPOCHS
    full = measured.start + epochs * measured.epoch
    most = planned.trials * full
    least = most - planned.optional * full
    for searched in _searches(spec, planned):
        configurations, runs = search_stage.planned(searched), len(retune.runs(searched))
        started, trained = stopping.trained(searched.early_terminate, configurations, runs, epochs)
        least -= configurations * runs * full - started * measured.start - trained * measured.epoch
    return max(least, 0.0) / at_once, most / at_once


def _searches(spec: StudySpec, planned: Plan) -> Iterator[StudySpec]:
    """The study's search, and the retuning of each arm that is known beforehand."""
    known = tasks(spec.parameters)
    if known:
        for task in known:
            named = [arm for arm in planned.arms if arm.task == task.name]
            plain = tuple(without_task(arm, task) for arm in named)
            yield from _searches(on_task(spec, task), replace(planned, arms=plain))
        return
    if spec.search is not None:
        yield spec
    rule = retune.rule(spec)
    if rule is not None:
        groups = {
            _retune_group(spec, arm): arm for arm in planned.arms if retune.planned(spec, arm)
        }
        yield from (retune.space(spec, rule, arm) for arm in groups.values())


def first_configuration(spec: StudySpec, stated: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A complete configuration: what is stated, then the baseline, then constants, then the middle
    of each domain.

    Used where some configuration is needed and none was chosen: the probe and `sweep try`.
    """
    known = tasks(spec.parameters)
    if known:
        chosen = (stated or {}).get(known[0].parameter, known[0].value)
        task = next((task for task in known if same(task.value, chosen)), known[0])
        return first_configuration(on_task(spec, task), stated)
    given = {**(spec.ablation.baseline if spec.ablation else {}), **(stated or {})}
    config, _ = complete(
        spec.parameters, given, lambda name, _: typical(spec.parameters[name].domain), "first"
    )
    return config
