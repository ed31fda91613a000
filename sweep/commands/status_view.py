"""The output of `sweep status`, made from the log alone, without pandas or torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sweep.commands import population_view
from sweep.commands.verdict_lines import verdict_lines
from sweep.durations import duration
from sweep.errors import LogDamaged, LogOfAnotherVersion
from sweep.history.history import History
from sweep.history.task_view import by_task
from sweep.live.ended import best
from sweep.live.planned import planned_by_stage
from sweep.live.running import running_trials
from sweep.live.running_table import running_table
from sweep.live.time_left import seconds_left
from sweep.log.event_log import FILE_NAME
from sweep.log.lock import is_held
from sweep.model.trial import State
from sweep.search import trial_value
from sweep.search.range_ends import range_end_lines
from sweep.session import plan as planning
from sweep.study import Study

_MOST_SHOWN = 8  # failures, notices and retried trials listed before "… more"


def overview(studies: list[Study], results: Path) -> RenderableType:
    """One line for each study."""
    if not studies:
        return Text(
            f"no study in {results}/ yet; start one with: sweep run search_spaces/focal.yaml"
        )
    table = Table(box=None, header_style="bold")
    for column in ("study", "now", "trials", "complete", "pruned", "failed", "best"):
        table.add_column(
            column, justify="left" if column in ("study", "now", "best") else "right"
        )
    for study in studies:
        try:
            history = study.history
        except LogOfAnotherVersion:
            table.add_row(study.folder.name, "log of another version", *[""] * 5)
            continue
        except LogDamaged:
            table.add_row(study.folder.name, "log damaged: sweep verify", *[""] * 5)
            continue
        trials = history.trials.values()
        counts = [
            str(sum(t.state is s for t in trials))
            for s in (State.COMPLETE, State.PRUNED, State.FAILED)
        ]
        tags = history.remarks[None].tags if None in history.remarks else ()
        name = f"{study.folder.name} [{', '.join(tags)}]" if tags else study.folder.name
        table.add_row(
            Text(name), _now(study), str(len(trials)), *counts, Text(_best(history))
        )
    return table


def has_tags(study: Study, tags: Sequence[str]) -> bool:
    """Whether a study, or one of its trials, has all of the tags."""
    if not tags:
        return True
    try:
        remarks = study.history.remarks.values()
    except LogDamaged:
        return False
    return any(set(tags) <= set(each.tags) for each in remarks)


def status(study: Study, tags: Sequence[str] = ()) -> RenderableType:
    """The stages, running trials, the best trial, verdicts, notes, failures and notices.

    Args:
        study: the study.
        tags: list only notes of trials with all of these tags.
    """
    history = study.history
    lines: list[RenderableType] = [
        Text(f"{history.spec.name}: {_now(study)}", style="bold"),
        _stages(history),
    ]
    if _is_live(study):
        lines += _at_work(history)
    if best_text := _best(history):
        lines.append(Text(f"best {best_text}"))
    lines += [Text(line, style="yellow") for line in range_end_lines(history)]
    members = list(population_view.status_lines(history))
    lines += [Text(line) for line in members]
    if not members and (waiting := history.paused()):
        lines.append(
            Text(
                f"paused at a rung, no results: {_trials([t.number for t in waiting])}"
            )
        )
    ended = not history.running and not history.unfinished()
    done = bool(history.sessions) and history.sessions[-1].ended == "done"
    lines += verdict_lines(history, final=ended and done)
    lines += [Text(line) for line in remarks(history, tags)]
    lines += [Text(line, style="red") for line in _failures(history)]
    lines += [Text(line, style="yellow") for line in _retries(history)]
    notes = [notice.message for notice in history.notices if notice.rule is None]
    lines += [Text(f"note: {note}", style="yellow") for note in notes[-_MOST_SHOWN:]]
    lines += [
        Text(f"not trained: {arm}: {reason}", style="yellow")
        for arm, reason in history.skipped.items()
    ]
    rules = Counter(
        notice.rule for notice in history.notices if notice.rule is not None
    )
    lines += [
        Text(f"health: {rule} broken by {n} trials", style="yellow")
        for rule, n in rules.items()
    ]
    if not _is_live(study) and (history.unfinished() or history.running):
        lines.append(Text(f"continue with: sweep resume {study.folder}"))
    return Group(*lines)


def remarks(history: History, tags: Sequence[str] = ()) -> list[str]:
    """A line with tags and notes for the study and for each trial that has any."""
    lines = []
    for number, each in sorted(
        history.remarks.items(), key=lambda item: _order(item[0])
    ):
        if not set(tags) <= set(each.tags):
            continue
        about = "study" if number is None else f"trial {number}"
        words = [f"[{', '.join(each.tags)}]"] if each.tags else []
        words += [text for _, text in each.notes]
        lines.append(f"{about}: {' · '.join(words)}")
    return lines


def _order(number: int | None) -> int:
    """A key that sorts None before every number."""
    return -1 if number is None else number


def _failures(history: History) -> list[str]:
    """A line for each reason of failure, the most frequent first, with its trials."""
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
        [f"… {len(ordered) - _MOST_SHOWN} more reasons"]
        if len(ordered) > _MOST_SHOWN
        else []
    )


def _retries(history: History) -> list[str]:
    """A line for each trial that lost its worker: how often, why, and its state now."""
    lines = []
    for number, reasons in sorted(history.losses.items())[:_MOST_SHOWN]:
        state = history.trials[number].state
        became = (
            "continues from its checkpoint"
            if state is State.RUNNING
            else f"then {state}"
        )
        why = "; ".join(
            f"{reason} × {n}" if n > 1 else reason
            for reason, n in Counter(reasons).items()
        )
        times = "once" if len(reasons) == 1 else f"{len(reasons)} times"
        lines.append(f"retried {times}: trial {number}: {why} ({became})")
    more = len(history.losses) - _MOST_SHOWN
    return lines + ([f"… {more} more trials were retried"] if more > 0 else [])


def _trials(numbers: Sequence[int]) -> str:
    """`trial 3` or `trials 3, 4, …`."""
    shown = ", ".join(map(str, numbers[:_MOST_SHOWN])) + (
        ", …" if len(numbers) > _MOST_SHOWN else ""
    )
    return f"trial{'s' if len(numbers) > 1 else ''} {shown}"


def _now(study: Study) -> str:
    """What the study does, as a line."""
    history = study.history
    if _is_live(study):
        return f"running (process {history.sessions[-1].pid} on {history.sessions[-1].host})"
    if not history.sessions:
        return "not started"
    if history.running:
        return "killed"
    return history.sessions[-1].ended


def _is_live(study: Study) -> bool:
    """Whether a process holds the study."""
    return is_held(study.folder / FILE_NAME)


def _stages(history: History) -> RenderableType:
    """The table of the stages, with the number of trials in each state."""
    table = Table(box=None, header_style="dim")
    shown = {s: s.value for s in (State.COMPLETE, State.PRUNED, State.FAILED)}
    if history.paused():
        shown[State.PAUSED] = "paused"
    shown[State.RUNNING] = "open"
    for column in ("stage", "planned", *shown.values(), "worker time"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    for stage, total in planned_by_stage(planning.plan(history.spec)).items():
        trials = history.stage(stage)
        states = [sum(t.state is s for t in trials) for s in shown]
        if total or trials:
            table.add_row(
                stage,
                str(total),
                *map(str, states),
                duration(sum(t.seconds for t in trials)),
            )
    return table


def _at_work(history: History) -> list[RenderableType]:
    """The table of the running trials."""
    trials = running_trials(history)
    if not trials:
        some_ended = bool(history.cohort().ended)
        return [Text("  no trial is running" if some_ended else "  starting workers")]
    lines: list[RenderableType] = [running_table(trials, history.spec.metric.name)]
    remaining = seconds_left(
        history, planned_by_stage(planning.plan(history.spec)), len(trials)
    )
    if remaining is not None:
        lines.append(Text(f"about {duration(remaining)} left"))
    return lines


def _best(history: History) -> str:
    """The best trial; with tasks, the best of each, since values of tasks are not comparable."""
    of_tasks = {task: _best_on(of_task) for task, of_task in by_task(history).items()}
    if of_tasks:
        return "; ".join(
            f"on {task}: {text}" for task, text in of_tasks.items() if text
        )
    return _best_on(history)


def _best_on(history: History) -> str:
    """The line on the best trial; "" without one."""
    trial = best(history)
    if trial is None:
        return ""
    score = trial_value.value(history.spec, trial)
    name = f"trial {trial.number}, {trial.label}, seed {trial.seed}"
    return f"{history.spec.metric.name} {score:.4f} ({name})"
