"""What `status`, `plan` and `show` print, from the log alone, without pandas or torch."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sweep.ablation import ablation_stage, retune
from sweep.commands.progress import best
from sweep.errors import LogDamaged, UsageError
from sweep.history.history import History
from sweep.log.event_log import FILE_NAME, is_held
from sweep.model.trial import State, Trial, trial_folder
from sweep.search import search_stage
from sweep.session import plan as planning
from sweep.spec import StudySpec
from sweep.spec.arms import stated_in
from sweep.study import Study

if TYPE_CHECKING:
    from sweep.report import table as report_table

_MOST_SHOWN = 8  # failures, notices and epochs listed before "… more"


# --------------------------------------------------------------------------- status


def overview(studies: list[Study], results: Path) -> RenderableType:
    """One line a study."""
    if not studies:
        return Text(
            f"no study in {results}/ yet; start one with: sweep run search_spaces/focal.yaml"
        )
    table = Table(box=None, header_style="bold")
    for column in ("study", "now", "trials", "complete", "pruned", "failed", "best"):
        table.add_column(column, justify="left" if column in ("study", "now", "best") else "right")
    for study in studies:
        try:
            history = study.history
        except LogDamaged:
            table.add_row(study.folder.name, "log damaged: sweep verify", *[""] * 5)
            continue
        trials = history.trials.values()
        counts = [
            str(sum(t.state is s for t in trials))
            for s in (State.COMPLETE, State.PRUNED, State.FAILED)
        ]
        table.add_row(
            Text(study.folder.name), _now(study), str(len(trials)), *counts, Text(_best(history))
        )
    return table


def status(study: Study) -> RenderableType:
    """Stages, trials at work, the best so far, failures with their reasons, notices."""
    history = study.history
    lines: list[RenderableType] = [
        Text(f"{history.spec.name}: {_now(study)}", style="bold"),
        _stages(history),
    ]
    if _is_live(study):
        lines += [_at_work(history, trial) for trial in history.unfinished() if trial.attempts]
    if found := _best(history):
        lines.append(Text(f"best {found}"))
    lines += [Text(line, style="red") for line in _failures(history)]
    lines += [Text(line, style="yellow") for line in _retries(history)]
    said = [notice for notice in history.notices if "rule" not in notice]
    lines += [Text(f"note: {notice['message']}", style="yellow") for notice in said[-_MOST_SHOWN:]]
    lines += [
        Text(f"not trained: {arm}: {reason}", style="yellow")
        for arm, reason in history.skipped.items()
    ]
    rules = Counter(notice["rule"] for notice in history.notices if "rule" in notice)
    lines += [
        Text(f"health: {rule} broken by {n} trials", style="yellow") for rule, n in rules.items()
    ]
    if not _is_live(study) and (history.unfinished() or history.running):
        lines.append(Text(f"continue with: sweep resume {study.folder}"))
    return Group(*lines)


def _failures(history: History) -> list[str]:
    """A line for each reason, the most frequent first, with the trials it stopped."""
    failed: dict[str, list[int]] = {}
    for trial in history.trials.values():
        if trial.state is State.FAILED:
            failed.setdefault(trial.reason, []).append(trial.number)
    ordered = sorted(failed.items(), key=lambda item: -len(item[1]))
    lines = [
        f"failed × {len(numbers)}: {reason} ({_trials(numbers)})"
        for reason, numbers in ordered[:_MOST_SHOWN]
    ]
    return lines + (
        [f"… {len(ordered) - _MOST_SHOWN} more reasons"] if len(ordered) > _MOST_SHOWN else []
    )


def _retries(history: History) -> list[str]:
    """A line for each trial that lost its worker: how often, why, and what became of it."""
    lines = []
    for number, reasons in sorted(history.losses.items())[:_MOST_SHOWN]:
        state = history.trials[number].state
        became = "goes on from its checkpoint" if state is State.RUNNING else f"then {state}"
        why = "; ".join(
            f"{reason} × {n}" if n > 1 else reason for reason, n in Counter(reasons).items()
        )
        times = "once" if len(reasons) == 1 else f"{len(reasons)} times"
        lines.append(f"retried {times}: trial {number}: {why} ({became})")
    more = len(history.losses) - _MOST_SHOWN
    return lines + ([f"… {more} more trials were retried"] if more > 0 else [])


def _trials(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_MOST_SHOWN])) + (
        ", …" if len(numbers) > _MOST_SHOWN else ""
    )
    return f"trial{'s' if len(numbers) > 1 else ''} {shown}"


def _now(study: Study) -> str:
    history = study.history
    if _is_live(study):
        return f"running (process {history.sessions[-1].pid} on {history.sessions[-1].host})"
    if not history.sessions:
        return "not started"
    if history.running:
        return "killed"
    return history.sessions[-1].ended


def _is_live(study: Study) -> bool:
    return is_held(study.folder / FILE_NAME)


def _stages(history: History) -> RenderableType:
    planned = planning.plan(history.spec)
    table = Table(box=None, header_style="dim")
    for column in ("stage", "planned", "complete", "pruned", "failed", "open", "worker time"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    totals = {
        search_stage.NAME: planned.search_trials,
        retune.NAME: planned.retune_trials,
        ablation_stage.NAME: planned.ablation_trials,
    }
    for stage, total in totals.items():
        trials = history.stage(stage)
        states = [
            sum(t.state is s for t in trials)
            for s in (State.COMPLETE, State.PRUNED, State.FAILED, State.RUNNING)
        ]
        if total or trials:
            table.add_row(
                stage, str(total), *map(str, states), duration(sum(t.seconds for t in trials))
            )
    return table


def _at_work(history: History, trial: Trial) -> Text:
    metric = history.spec.metric.name
    curve = trial.curve(metric)
    reached = f"epoch {max(curve)}, {metric} {curve[max(curve)]:.4f}" if curve else "no epoch yet"
    return Text(
        f"  trial {trial.number} ({trial.label}, seed {trial.seed}): {reached}", style="dim"
    )


def _best(history: History) -> str:
    found = best(history)
    if found is None:
        return ""
    score = search_stage.value(history.spec, found)
    return f"{history.spec.metric.name} {score:.4f} (trial {found.number}, {found.label}, seed {found.seed})"


def duration(seconds: float) -> str:
    """`48 s`, `3.5 min`, `2.4 h`."""
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


# --------------------------------------------------------------------------- plan


def plan(spec: StudySpec, *, probe: bool) -> RenderableType:
    """Trials of each stage, the arms, what it will cost, and what it can find out."""
    planned = planning.plan(spec)
    most = "at most " if planned.optional else ""
    lines: list[RenderableType] = [
        Text(f"{spec.name}: {most}{planned.trials} trials", style="bold")
    ]
    if spec.search is not None:
        each = f"{len(spec.search.seeds)} seeds" + (
            f" × {spec.search.folds} folds" if spec.search.folds else ""
        )
        method = f"{spec.search.method}, {search_stage.planned(spec)} configurations"
        stops = (
            f", stopped early by {spec.early_terminate.type}"
            if spec.early_terminate.type != "none"
            else ""
        )
        lines.append(Text(f"search    {planned.search_trials} trials: {method} × {each}{stops}"))
        if spec.search.enqueue:
            lines.append(
                Text(f"          enqueued configurations come first: {len(spec.search.enqueue)}")
            )
        if spec.search.warm_start:
            lines.append(Text(f"          warm-started from {', '.join(spec.search.warm_start)}"))
        if several := ", ".join(
            f"{objective.name} ({objective.goal})" for objective in spec.search.objectives
        ):
            lines.append(Text(f"          for several objectives at once: {several}"))
    if (tune := retune.rule(spec)) is not None:
        each = f"{tune.method}, {tune.trials} for each arm over {', '.join(tune.parameters)}"
        lines.append(Text(f"retune    {most}{planned.retune_trials} trials: {each}"))
    if spec.ablation is not None:
        folds = f" × {spec.ablation.folds} folds" if spec.ablation.folds else ""
        shared = f" ({planned.shared} runs shared between designs)" if planned.shared else ""
        arms = f"{len(planned.arms)} arms"
        arms += f" + {planned.top_k} best of the search" if planned.top_k else ""
        arms += f" + {most}{planned.path_arms} of the path" if planned.path_arms else ""
        each = f"({arms})" if "+" in arms else arms
        each += f" × {len(spec.ablation.seeds)} seeds"
        lines.append(
            Text(f"ablation  {most}{planned.ablation_trials} trials: {each}{folds}{shared}")
        )
        lines.append(_arms(spec, planned))
        lines.append(Text(_detectable(planned)))
    if probe:
        lines.append(Text(_cost(spec, planned)))
    return Group(*lines)


def _arms(spec: StudySpec, planned: planning.Plan) -> RenderableType:
    table = Table(box=None, header_style="dim", padding=(0, 1, 0, 2))
    for column in ("arm", "design", "compared with", "changes"):
        table.add_column(column)
    tune = retune.rule(spec)
    tuned = () if tune is None else tune.parameters
    for arm in planned.arms:
        said = [", ".join(f"{k}={v}" for k, v in arm.changes.items())]
        searched = [name for name in arm.filled if name not in tuned]
        said += [f"({', '.join(searched)} from the search)"] if searched else []
        said += [condition] if (condition := _condition(spec, arm.name)) else []
        table.add_row(
            Text(arm.name),
            arm.design,
            Text(arm.reference or ""),
            Text(" ".join(filter(None, said))),
        )
    return table


def _condition(spec: StudySpec, arm: str) -> str:
    """What an arm waits for: `only if val/f_score of conservative is below 0.72`; empty for one that waits for none."""
    stated = spec.ablation.designs.arms.get(arm) if spec.ablation is not None else None
    when = None if stated is None else stated_in(stated)[1]
    if when is None:
        return ""
    bounds = [
        f"{word} {bound:g}"
        for word, bound in (("below", when.below), ("above", when.above))
        if bound is not None
    ]
    return f"only if {when.metric or spec.metric.name} of {when.arm} is {' and '.join(bounds)}"


def _detectable(planned: planning.Plan) -> str:
    from sweep.statistics.power import smallest_detectable_effect

    if planned.pairs < 3:
        return (
            f"{planned.pairs} runs an arm: no test is made below 3; give ablation.seeds more seeds"
        )
    comparisons = max(len(planned.arms) - 1, 1)
    one = smallest_detectable_effect(planned.pairs)
    all_ = smallest_detectable_effect(planned.pairs, comparisons=comparisons)
    return (
        f"with {planned.pairs} paired runs an arm, a change is found with 80 % probability if it is at least "
        f"{one:.2f} standard deviations of the paired differences ({all_:.2f} corrected for {comparisons} arms)"
    )


def _cost(spec: StudySpec, planned: planning.Plan) -> str:
    import os

    measured = planning.probe(spec, Path(spec.base_dir))
    at_once = max(int((os.cpu_count() or 1) // planning.cpus(spec, planned)), 1)
    at_once = min(at_once, spec.resources.max_concurrent or at_once)
    least, most = planning.cost(spec, planned, measured, at_once)
    span = (
        duration(most)
        if math.isclose(least, most, rel_tol=0.1)
        else f"{duration(least)} to {duration(most)}"
    )
    return (
        f"about {span} with {at_once} trials at a time (measured here: {measured.start:.1f} s to start, "
        f"{measured.epoch:.2f} s an epoch; starting Ray and its workers comes on top)"
    )


# --------------------------------------------------------------------------- show


def show(study: Study, what: str) -> RenderableType:
    """A trial by its number, or the runs behind an arm's row.

    Raises:
        UnknownName: no such arm.
        UsageError: no such trial.
    """
    history = study.history
    if not what.isdecimal():
        return _arm(history, what)
    trial = history.trials.get(int(what))
    if trial is None:
        raise UsageError(
            f"no trial {what}: {study.folder} has trials 0 to {len(history.trials) - 1}"
        )
    folder = study.folder / "trials" / trial_folder(trial)
    config = Table(box=None, show_header=False, padding=(0, 1, 0, 2))
    for name, value in trial.config.items():
        config.add_row(Text(name), Text(str(value)))
    reason = f": {trial.reason}" if trial.reason else ""
    lost = [Text(f"lost its worker: {why}") for why in history.losses.get(trial.number, ())]
    if trial.reused:
        source = trial.attributes["reused"]
        reason += f" (reused: trial {source['trial']} of study {source['study']})"
    if trial.given_up:
        reason += f"; its configuration gets no further runs: {trial.given_up}"
    sessions = ", ".join(
        _session(s.number, s.started, s.environment.get("code", ""))
        for s in history.sessions_of(trial.number)
    )
    fold = "" if trial.fold is None else f", fold {trial.fold}"
    return Group(
        Text(
            f"trial {trial.number}: {trial.label} ({trial.stage}), seed {trial.seed}{fold}",
            style="bold",
        ),
        Text(
            f"{trial.state}{reason}; {len(trial.reports)} epochs, {duration(trial.seconds)}, {trial.attempts} attempts"
        ),
        *lost,
        config,
        _epochs(history, trial),
        Text(f"session {sessions}" if sessions else "no session has run it yet"),
        Text(f"files: {folder}"),
        Text(f"repeat it alone: sweep try {folder / 'config.json'}"),
    )


def _session(number: int, started: float, code: str) -> str:
    return f"{number} ({time.strftime('%Y-%m-%d %H:%M', time.localtime(started))}, code {code})"


def _epochs(history: History, trial: Trial) -> RenderableType:
    names = list(dict.fromkeys([history.spec.metric.name, *history.spec.report.metrics]))
    table = Table(box=None, header_style="dim", padding=(0, 1, 0, 2))
    for column in ("epoch", *names, "seconds"):
        table.add_column(column, justify="right")
    skipped = len(trial.reports) - _MOST_SHOWN
    if skipped > 0:
        table.add_row(f"… {skipped} earlier")
    for report in trial.reports[-_MOST_SHOWN:]:
        values = (report.metrics.get(name) for name in names)
        table.add_row(
            str(report.epoch),
            *("" if v is None else f"{v:.4f}" for v in values),
            f"{report.seconds:.2f}",
        )
    return table


def _arm(history: History, name: str) -> RenderableType:
    from sweep import report

    return _one_table(history.spec.name, report.trace(history, name))


def compare(studies: Mapping[str, Study], metric: str | None) -> RenderableType:
    """Several studies side by side."""
    from sweep import report

    table = report.compare({name: study.history for name, study in studies.items()}, metric)
    return _one_table(" and ".join(studies), table)


def _one_table(title: str, table: report_table.Table) -> RenderableType:
    from sweep.report.formats import terminal
    from sweep.report.table import Document

    return terminal.renderable(Document(title, (), (table,), ()))
