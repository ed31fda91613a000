"""The output of `sweep plan`: trials, arms, cost, and the smallest detectable effect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sweep import durable
from sweep.ablation import retune
from sweep.commands import looks_view, population_view, power_view, resources_here
from sweep.errors import UsageError
from sweep.model.arm import Arm
from sweep.model.by_epoch import shown
from sweep.provenance import mps
from sweep.search import any_search, joint_search, population
from sweep.session import known_resumption, resumption
from sweep.session import plan as planning
from sweep.spec import Ablation, StudySpec
from sweep.spec.arms import stated_in
from sweep.spec.tasks import on_task, tasks, without_task


def plan(
    spec: StudySpec,
    *,
    probe: bool,
    detect: float | None = None,
    sd: float | None = None,
) -> RenderableType:
    """The trials of each stage, the arms, the cost, and the smallest detectable effect.

    Args:
        spec: the study.
        probe: train two epochs to estimate the cost.
        detect: a change to detect, in the metric's unit: print first how many seeds it needs.
        sd: standard deviation of the paired differences, with `detect`.

    Raises:
        UsageError: only one of `detect` and `sd`, or see `power_view.detection`.
    """
    planned = planning.plan(spec)
    design = looks_view.design_of(spec, planned)
    most = "at most " if planned.optional or design is not None else ""
    power = power_view.power_line(spec, planned)
    hopeless = power_view.is_hopeless(spec, planned)
    lines: list[RenderableType] = []
    if detect is not None or sd is not None:
        lines.append(
            Text(_detection(spec, planned, detect, sd, probe=probe), style="bold")
        )
    if hopeless:
        lines.append(Text(power, style="bold yellow"))
    lines.append(Text(f"{spec.name}: {most}{planned.trials} trials", style="bold"))
    lines += [Text(line) for line in _search(spec, planned)]
    lines += [Text(line) for line in _retune(spec, planned, most)]
    if spec.ablation is not None:
        lines.append(Text(_ablation(spec.ablation, planned, most)))
        lines += [Text(line) for line in (*_variance(spec, planned), *_tasks(spec))]
        lines.append(_arms(spec, planned))
        if power and not hopeless and design is None:
            lines.append(Text(power))
        if over := power_view.power_over_tasks(spec, planned):
            lines.append(Text(over))
    likely = None
    if design is not None:
        costs = looks_view.costs(spec, design)
        likely = costs[-1].likely
        lines.append(looks_view.looks_table(costs))
        lines += [
            Text(looks_view.assumed(spec, design)),
            Text(looks_view.limit(spec, design)),
        ]
    measured = planning.probe(spec, Path(spec.base_dir)) if probe else None
    if measured is not None:
        lines.append(Text(power_view.hours(spec, planned, measured, likely)))
        lines += [Text(line) for line in _gpu(spec, measured)]
    if probe and (memory := planning.memory(spec, Path(spec.base_dir))):
        lines.append(Text(memory))
    if kept := planning.paused_checkpoints(spec, planned):
        lines.append(Text(_paused(spec, kept, measured)))
        if probe:
            lines.append(_resumption(spec, known_resumption.probed(spec)))
    return Group(*lines)


def _gpu(spec: StudySpec, measured: planning.Probe) -> Iterator[str]:
    """What a trial took of a GPU, and how many of them fit."""
    if measured.gpus:
        yield power_view.gpu_share_of(spec, measured).words
        if measured.gpu is not None and not mps.running():
            yield resources_here.without_mps()


def _paused(spec: StudySpec, kept: int, measured: planning.Probe | None) -> str:
    """The disk space of trials that wait at a rung, or for other members of a population."""
    is_population = population.section(spec) is not None
    who = "members of the population" if is_population else "paused trials"
    text = f"{who} keep their latest and best checkpoints: at most {kept} files"
    if measured is None:
        return text
    if not measured.checkpoint:
        return f"{text}; this trainer saves no state, so they start from epoch 0 again"
    size = durable.size(kept * measured.checkpoint)
    return f"{text}, {size} ({durable.size(measured.checkpoint)} each)"


def _resumption(spec: StudySpec, found: resumption.Resumption) -> Text:
    """Whether trials may pause and go on, as two short runs have shown."""
    text = f"probed: {found.text}"
    if found.verdict == "equal":
        return Text(text)
    instead = "form: stop never resumes a trial that was stopped"
    if population.section(spec) is not None:
        instead = "members of a population resume from checkpoints at every decision"
    return Text(f"{text}; {instead}", style="bold yellow")


def _detection(
    spec: StudySpec,
    planned: planning.Plan,
    detect: float | None,
    sd: float | None,
    *,
    probe: bool,
) -> str:
    """The answer to `--detect` and `--sd`: how many seeds find that change.

    Raises:
        UsageError: only one of the two is given.
    """
    if detect is None or sd is None:
        raise UsageError(
            "--detect and --sd need each other: the change to detect, and the standard deviation "
            "of the paired differences, both in the metric's unit, e.g. --detect 0.01 --sd 0.02"
        )
    return power_view.detection(spec, planned, detect, sd, probe=probe)


def _search(spec: StudySpec, planned: planning.Plan) -> Iterator[str]:
    """The trials of the search, its method, and its first configurations."""
    search, stopping = spec.search, spec.early_terminate.type
    if search is None:
        return
    count = len(search.seeds)
    runs = "1 seed" if count == 1 else f"{count} seeds"
    if search.folds:
        runs += f" × {search.folds} folds"
    stops = f", stopped early by {stopping}" if stopping != "none" else ""
    file_tasks = tasks(spec.parameters)
    tried = any_search.planned(on_task(spec, file_tasks[0]) if file_tasks else spec)
    method = f"{search.method}, {tried} configurations"
    yield f"search    {planned.search_trials} trials: {method} × {runs}{stops}{_of_tasks(spec)}"
    if members := population_view.plan_line(spec):
        yield members
    if search.enqueue:
        yield f"          enqueued configurations come first: {len(search.enqueue)}"
    if search.warm_start:
        yield f"          warm-started from {', '.join(search.warm_start)}"
    if search.objectives:
        goals = ", ".join(f"{each.name} ({each.goal})" for each in search.objectives)
        yield f"          for several objectives at once: {goals}"


def _of_tasks(spec: StudySpec) -> str:
    """Whether each task has its own search, or one search covers all tasks."""
    count = len(tasks(spec.parameters))
    if not count or spec.search is None:
        return ""
    if joint_search.is_joint(spec):
        by = joint_search.WORDS[spec.search.tasks]
        return f", each on all of {count} tasks; the best by its {by} over them"
    return f", separately for each of {count} tasks"


def _retune(spec: StudySpec, planned: planning.Plan, most: str) -> Iterator[str]:
    """The lines on the retuning of the arms."""
    rule = retune.rule(spec)
    if rule is not None:
        line = f"{rule.method}, {rule.trials} for each arm over {', '.join(rule.parameters)}"
        line += " on each task" if planned.tasks > 1 else ""
        yield f"retune    {most}{planned.retune_trials} trials: {line}"


def _ablation(ablation: Ablation, planned: planning.Plan, most: str) -> str:
    """Trials of the ablation: arms × seeds × folds."""
    arms = f"{len(planned.arms) // planned.tasks} arms"
    if planned.top_k:
        arms += f" + {planned.top_k} best of the search"
    if planned.path_arms:
        arms += f" + {most}{planned.path_arms} of the path"
    if "+" in arms:
        arms = f"({arms})"
    if planned.tasks > 1:
        arms += f" × {planned.tasks} tasks"
    until = ablation.until_decided
    least = "" if until is None else f"{until.first} to "
    runs = f"{arms} × {least}{len(ablation.seeds)} seeds"
    if ablation.folds:
        runs += f" × {ablation.folds} folds"
    if planned.shared:
        runs += f" ({planned.shared} runs shared between designs)"
    return f"ablation  {most}{planned.ablation_trials} trials: {runs}"


def _arms(spec: StudySpec, planned: planning.Plan) -> RenderableType:
    """The table of the arms: design, reference and changes."""
    table = Table(box=None, header_style="dim", padding=(0, 1, 0, 2))
    for column in ("arm", "design", "compared with", "changes"):
        table.add_column(column)
    tune = retune.rule(spec)
    tuned = () if tune is None else tune.parameters
    for arm in _once(spec, planned):
        changes = ", ".join(
            f"{name}={shown(value)}" for name, value in arm.changes.items()
        )
        searched = [name for name in arm.filled if name not in tuned]
        filled = f"({', '.join(searched)} from the search)" if searched else ""
        words = filter(None, (changes, filled, _condition(spec, arm.name)))
        table.add_row(
            Text(arm.name), arm.design, Text(arm.reference or ""), Text(" ".join(words))
        )
    return table


def _variance(spec: StudySpec, planned: planning.Plan) -> Iterator[str]:
    """The lines on the runs that measure sources of variance."""
    rule = None if spec.ablation is None else spec.ablation.variance
    if rule is not None:
        drawn = f"{', '.join(rule.sources)} seeded separately, {rule.levels} seeds each"
        yield f"variance  {planned.variance_trials} trials of the baseline: {drawn}"


def _once(spec: StudySpec, planned: planning.Plan) -> Iterator[Arm]:
    """The arms without their tasks, taken from the first task."""
    file_tasks = tasks(spec.parameters)
    for arm in planned.arms:
        if not file_tasks:
            yield arm
        elif arm.task == file_tasks[0].name:
            yield without_task(arm, file_tasks[0])


def _tasks(spec: StudySpec) -> Iterator[str]:
    """The tasks, with the values that they set."""
    for task in tasks(spec.parameters):
        line = f"task      {task.parameter}={task.name}"
        settings = ", ".join(f"{name}={value}" for name, value in task.settings.items())
        yield f"{line}, with {settings}" if settings else line


def _condition(spec: StudySpec, arm: str) -> str:
    """An arm's condition: `only if val/f1 of baseline is below 0.72`; "" if it has none."""
    stated = spec.ablation.designs.arms.get(arm) if spec.ablation is not None else None
    when = None if stated is None else stated_in(stated)[1]
    if when is None:
        return ""
    bounds = []
    if when.below is not None:
        bounds.append(f"below {when.below:g}")
    if when.above is not None:
        bounds.append(f"above {when.above:g}")
    return f"only if {when.metric or spec.metric.name} of {when.arm} is {' and '.join(bounds)}"
