"""What a study will do, before it runs: its trials, and its cost from a timed probe."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sweep import command, stopping
from sweep.ablation import designs, path, results, retune, variance_stage
from sweep.model.arm import Arm
from sweep.model.distributions import typical
from sweep.model.domains import Constant
from sweep.model.trial import EpochReport, configuration_key
from sweep.search import any_search, population
from sweep.session import gpu_monitor
from sweep.session.first_configuration import first_configuration
from sweep.session.gpu_monitor import GpuUse
from sweep.spec import StudySpec
from sweep.spec.arms import declared
from sweep.spec.designs import BEST
from sweep.spec.tasks import arm_on, on_task, tasks, without_task
from sweep.worker.checkpoint import FOLDER
from sweep.worker.environment_values import filled
from sweep.worker.local_run import MOST_NEEDED, LocalRun

PROBE_EPOCHS = 2
_SUMMED_OVER_TASKS = (
    "search_trials",
    "ablation_trials",
    "shared",
    "optional",
    "retune_trials",
    "variance_trials",
)


@dataclass(frozen=True)
class Plan:
    """What `sweep plan` prints.

    Attributes:
        search_trials: configurations times the search's seeds; pruning only makes them shorter.
        arms: of the study file, with placeholders for values that the search will choose.
        ablation_trials: upper bound over all possible arms: distinct configurations times seeds
            times folds.
        shared: runs saved because designs share arms.
        epochs: budget of one trial; None if the trainer has no `epochs`.
        pairs: runs of an arm that are paired with its reference.
        top_k: arms made from the best configurations of the search.
        path_arms: upper bound of the arms on the path.
        optional: those of `ablation_trials` and `retune_trials` that depend on results: of arms
            with a condition, and of a path whose end the search chooses.
        retune_trials: upper bound over all arms.
        variance_trials: of the baseline, with its sources of randomness drawn separately.
        tasks: number of tasks that each arm is trained on; 1 for a study without tasks. `arms`
            lists an arm once for each task.
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
        """Upper bound of the study's trials."""
        stages = self.search_trials + self.retune_trials + self.ablation_trials
        return stages + self.variance_trials


@dataclass(frozen=True)
class Probe:
    """Measured on the first arm.

    Attributes:
        start: seconds until the first epoch's report, minus the seconds of an epoch.
        epoch: seconds of an epoch.
        checkpoint: bytes of a checkpoint; 0 if the trainer registers nothing to restore.
        gpus: that this machine has.
        gpu: what the trial took of them; None: nothing.
    """

    start: float
    epoch: float
    checkpoint: int = 0
    gpus: int = 0
    gpu: GpuUse | None = None


def plan(spec: StudySpec) -> Plan:
    """Count what a study will train, over all of its tasks."""
    study_tasks = tasks(spec.parameters)
    if not study_tasks:
        return _plan(spec)
    arms: list[Arm] = []
    plans: list[Plan] = []
    for task in study_tasks:
        planned = _plan(on_task(spec, task))
        plans.append(planned)
        arms += [arm_on(arm, task) for arm in planned.arms]
    totals = {}
    for name in _SUMMED_OVER_TASKS:
        totals[name] = sum(getattr(planned, name) for planned in plans)
    return Plan(
        arms=tuple(arms),
        epochs=_longest_budget(plans),
        pairs=plans[0].pairs,
        tasks=len(study_tasks),
        **totals,
    )


def _longest_budget(plans: Sequence[Plan]) -> int | None:
    """Epochs of the longest trial; None if a plan has no known budget."""
    longest = 0
    for planned in plans:
        if planned.epochs is None:
            return None
        longest = max(longest, planned.epochs)
    return longest


def _plan(spec: StudySpec) -> Plan:
    """The number of trials and of epochs of each stage."""
    search_trials = 0
    if spec.search is not None:
        search_trials = any_search.planned(spec) * len(spec.search.pairs)
    if spec.ablation is None:
        return Plan(search_trials, (), 0, 0, budget_epochs(spec), 0)
    arms = designs.arms(spec, lambda name, _: typical(spec.parameters[name].domain))
    per_arm = len(spec.ablation.seeds) * len(results.folds(spec.ablation.folds))
    stated = _distinct(arms)
    certain = _distinct(_unconditional(spec, arms))
    top_k = spec.ablation.designs.top_k or 0
    on_path, fewest_on_path = _path_arms(spec, arms)
    unstated = top_k + on_path
    optional_arms = on_path - fewest_on_path + stated - certain
    retune_per_arm = max((retune.planned(spec, arm) for arm in arms), default=0)
    retune_stated = sum(retune.planned(spec, arm) for arm in _retuned_arms(spec, arms))
    return Plan(
        search_trials=search_trials,
        arms=arms,
        ablation_trials=(stated + unstated) * per_arm,
        shared=(len(arms) - stated) * per_arm,
        epochs=budget_epochs(spec),
        pairs=per_arm,
        top_k=top_k,
        path_arms=on_path,
        optional=optional_arms * (per_arm + retune_per_arm),
        retune_trials=retune_stated + unstated * retune_per_arm,
        variance_trials=len(variance_stage.squares(spec)),
    )


def _distinct(arms: Sequence[Arm]) -> int:
    """Number of different configurations."""
    return len({configuration_key(arm.config) for arm in arms})


def _unconditional(spec: StudySpec, arms: Sequence[Arm]) -> list[Arm]:
    """The arms that are trained whatever the results."""
    conditional = set()
    if spec.ablation is not None:
        for stated in declared(spec.ablation, spec.parameters):
            if stated.when is not None:
                conditional.add(stated.name)
    return [arm for arm in arms if arm.name not in conditional]


def _retuned_arms(spec: StudySpec, arms: Sequence[Arm]) -> list[Arm]:
    """One arm of each group that is retuned together."""
    return list({_retune_group(spec, arm): arm for arm in arms}.values())


def _retune_group(spec: StudySpec, arm: Arm) -> str:
    """A key that is equal for arms that share a retuning."""
    rule = retune.rule(spec)
    return (
        configuration_key(arm.config)
        if rule is None
        else retune.group(spec, rule, arm.config)
    )


def _path_arms(spec: StudySpec, arms: Sequence[Arm]) -> tuple[int, int]:
    """Upper and lower bound of the arms on the path.

    A path over n differences has n (n + 1) / 2 arms, and its start if that is no arm yet. If the
    search chooses an end, any number of the parameters with several values may differ.
    """
    path_design = spec.ablation.designs.path if spec.ablation is not None else None
    if path_design is None:
        return 0, 0
    starts_at_an_arm = isinstance(path_design.start, str) and path_design.start != BEST
    start = 0 if starts_at_an_arm else 1
    rule = retune.rule(spec)
    tuned = () if rule is None else rule.parameters
    first = _end(spec, path_design.start, arms)
    last = _end(spec, path_design.to, arms)
    if first is None or last is None:
        most = _path_length(_open_parameters(spec, tuned)) + start
        return most, 0
    differences = len(path.groups(spec.parameters, first, last, ignore=tuned))
    most = _path_length(differences) + start
    return most, most if differences else 0


def _path_length(differences: int) -> int:
    return differences * (differences + 1) // 2


def _open_parameters(spec: StudySpec, tuned: Sequence[str]) -> int:
    """Number of parameters with several values that retuning does not choose."""
    count = 0
    for name, parameter in spec.parameters.items():
        if name not in tuned and not isinstance(parameter.domain, Constant):
            count += 1
    return count


def _end(spec: StudySpec, end: Any, arms: Sequence[Arm]) -> Mapping[str, Any] | None:
    """The configuration of a path's end, from the study file; None if the search chooses it."""
    if not isinstance(end, str):
        return first_configuration(spec, end)
    for arm in arms:
        if arm.name == end:
            return arm.config
    return None


def cpus(spec: StudySpec, planned: Plan) -> float:
    """Mean CPUs of a trial; every search trial counts like the first configuration."""
    search_cpus = spec.resources.share(first_configuration(spec)).cpu
    arm_cpus = [spec.resources.share(arm.config).cpu for arm in planned.arms]
    if not arm_cpus or not planned.trials:
        return search_cpus
    arm_trials = planned.trials - planned.search_trials
    in_search = planned.search_trials * search_cpus
    in_arms = arm_trials * sum(arm_cpus) / len(arm_cpus)
    return (in_search + in_arms) / planned.trials


def budget_epochs(spec: StudySpec) -> int | None:
    """Epochs of a full trial, if `epochs` is a constant of the study."""
    epochs = spec.parameters.get("epochs")
    if epochs is None or not isinstance(epochs.domain, Constant):
        return None
    value = epochs.domain.value
    return value if isinstance(value, int) else None


def probe(spec: StudySpec, base: Path) -> Probe:
    """Train the first configuration for two epochs in this process, in a temporary folder.

    Where there are GPUs, it trains on for a few seconds, in which they are watched.
    """
    train = command.load(spec.trainer, base, spec.command)
    seconds: list[float] = []
    ended: list[float] = []
    gpus = gpu_monitor.gpus()

    def stop_soon(report: EpochReport) -> bool:
        seconds.append(report.seconds)
        ended.append(time.monotonic())
        is_watched = not gpus or gpu_monitor.is_enough(ended[0], ended[-1])
        return len(seconds) >= PROBE_EPOCHS and is_watched

    with (
        tempfile.TemporaryDirectory(prefix="sweep-probe-") as folder,
        gpu_monitor.Monitor(gpus) if gpus else nullcontext() as monitor,
    ):
        began = time.monotonic()
        config = dict(first_configuration(spec))
        if spec.command is None:
            config = filled(config)
        train(config, LocalRun(folder, on_report=stop_soon, metric=spec.metric.name))
        total = time.monotonic() - began
        checkpoints = Path(folder).glob(f"{FOLDER}/epoch-*.pt")
        sizes = [checkpoint.stat().st_size for checkpoint in checkpoints]
    epoch = seconds[-1] if seconds else total
    start = max(total - epoch * len(seconds), 0.0)
    since = ended[0] if len(ended) > 1 else began
    used = None if monitor is None else monitor.use(since)
    return Probe(start, epoch, max(sizes, default=0), len(gpus), used)


def memory(spec: StudySpec, base: Path) -> str:
    """The trainer's sentence on the memory that the first configuration's data need.

    A trainer provides it as the function `memory(config)`, an attribute like `preload`. Without it,
    this is "".
    """
    train = command.load(spec.trainer, base, spec.command)
    describe_memory = getattr(train, "memory", None)
    if not callable(describe_memory):
        return ""
    return str(describe_memory(dict(first_configuration(spec))))


def paused_checkpoints(spec: StudySpec, planned: Plan) -> int:
    """Upper bound of the checkpoints that paused trials keep; all trials but one may be paused.

    Each keeps its latest (`checkpoint.keep` of them) and its best one. With `all`, it keeps one for
    each epoch that it trained. Each member of a population also keeps the checkpoints of its last
    two decisions, which others may copy.
    """
    epochs = planned.epochs or PROBE_EPOCHS
    keep = spec.checkpoint.keep
    if population.section(spec) is not None:
        per_member = epochs if keep == "all" else min(keep + 1 + MOST_NEEDED, epochs)
        return any_search.planned(spec) * per_member
    if not spec.early_terminate.pauses:
        return 0
    per_trial = epochs if keep == "all" else min(keep + 1, epochs)
    return (any_search.planned(spec) - 1) * per_trial


def cost(
    spec: StudySpec, planned: Plan, measured: Probe, at_once: int
) -> tuple[float, float]:
    """Lower and upper bound of the seconds that the study will take.

    The upper bound trains every possible trial for its whole budget. The lower bound trains what
    the stopping rules cannot stop (`sweep.stopping.least`), and no arm that depends on results.
    """
    epochs = planned.epochs or PROBE_EPOCHS
    trial_seconds = measured.start + epochs * measured.epoch
    most = planned.trials * trial_seconds
    least = most - planned.optional * trial_seconds
    for search in _searches(spec, planned):
        configurations = any_search.planned(search)
        runs = len(retune.runs(search))
        started, trained = stopping.trained(
            search.early_terminate, configurations, runs, epochs
        )
        full_search = configurations * runs * trial_seconds
        shortest_search = started * measured.start + trained * measured.epoch
        least -= full_search - shortest_search
    return max(least, 0.0) / at_once, most / at_once


def _searches(spec: StudySpec, planned: Plan) -> Iterator[StudySpec]:
    """The study's search, and the retuning of each arm that is known beforehand."""
    study_tasks = tasks(spec.parameters)
    if study_tasks:
        for task in study_tasks:
            on_this_task = [arm for arm in planned.arms if arm.task == task.name]
            arms = tuple(without_task(arm, task) for arm in on_this_task)
            yield from _searches(on_task(spec, task), replace(planned, arms=arms))
        return
    if spec.search is not None:
        yield spec
    rule = retune.rule(spec)
    if rule is not None:
        retuned = [arm for arm in planned.arms if retune.planned(spec, arm)]
        for arm in _retuned_arms(spec, retuned):
            yield retune.space(spec, rule, arm)
