"""The content of the page at one moment, as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sweep.durations import duration
from sweep.history.history import History
from sweep.live.curves import LearningCurve, learning_curves
from sweep.live.planned import planned_by_stage
from sweep.live.running import RunningTrial, running_trials
from sweep.live.sparkline import sparkline
from sweep.live.time_left import seconds_left
from sweep.live.verdicts import verdicts_so_far
from sweep.model.trial import State, Trial, trial_folder
from sweep.session.plan import plan

MOST_TRIALS = 2_000  # rows of the page's list, the latest ones
Json = dict[str, Any]


def state_of(history: History, *, live: bool) -> Json:
    """Counts, running trials, verdicts so far and the remaining time.

    Args:
        history: the study.
        live: whether a process works on it.
    """
    planned = planned_by_stage(plan(history.spec))
    at_work = running_trials(history) if live else []
    left = seconds_left(history, planned, len(at_work)) if at_work else None
    return {
        "name": history.spec.name,
        "metric": history.spec.metric.name,
        "now": _now(history, live=live, working=bool(at_work)),
        "live": live,
        "left": "" if left is None else f"about {duration(left)} left",
        "stages": [
            _stage(history, name, total) for name, total in planned.items() if total
        ],
        "running": [running_row(row) for row in at_work],
        "verdicts": _verdicts(history, final=not live),
    }


def trials_of(history: History) -> list[Json]:
    """The latest trials, the last one first, with the folders of their files."""
    latest = sorted(history.trials.values(), key=lambda trial: -trial.number)
    return [_trial(history, trial) for trial in latest[:MOST_TRIALS]]


def curves_of(history: History) -> list[Json]:
    """The learning curves of the study's metric, for a figure with hover."""
    return [_curve(curve) for curve in learning_curves(history)]


def _now(history: History, *, live: bool, working: bool) -> str:
    """What the study does.

    Args:
        history: of the study.
        live: whether a process holds the study.
        working: whether a trial is with a worker.
    """
    if live:
        return "running" if working else "starting workers"
    if not history.sessions:
        return "not started"
    return (
        "killed: sweep resume continues it"
        if history.running
        else history.sessions[-1].ended
    )


def running_row(trial: RunningTrial) -> Json:
    """A running trial with its last value and its curve as a line of blocks."""
    row = asdict(trial)
    del row["values"]  # the page's figure has them
    return row | {"last": trial.last, "curve": sparkline(trial.values)}


def _stage(history: History, name: str, total: int) -> Json:
    """The number of trials of one stage, planned and in each state."""
    trials = history.stage(name)
    counts = {
        state.value: sum(trial.state is state for trial in trials) for state in State
    }
    return {"name": name, "planned": total, **counts}


def _verdicts(history: History, *, final: bool) -> list[Json]:
    """One row for each arm and task; empty if the study asks for no verdicts."""
    return [
        {
            "arm": each.arm,
            "task": each.task,
            "metric": each.metric,
            "verdict": each.found.judgement.verdict.value,
            "words": each.words,
            "detail": each.found.detail,
            "pairs": each.found.judgement.n,
            "final": final,
        }
        for each in verdicts_so_far(history)
    ]


def _trial(history: History, trial: Trial) -> Json:
    """One trial for the page's list."""
    metric = history.spec.metric
    selected = history.spec.selected(trial)
    return {
        "number": trial.number,
        "label": trial.label,
        "stage": trial.stage,
        "seed": trial.seed,
        "fold": trial.fold,
        "state": trial.state.value,
        "reason": trial.reason,
        "epochs": trial.epochs_trained,
        "value": None if selected is None else selected.metrics.get(metric.name),
        "seconds": duration(trial.seconds),
        "folder": trial_folder(trial),
    }


def _curve(curve: LearningCurve) -> Json:
    """A learning curve for the page's chart."""
    return {
        "trial": curve.trial,
        "label": curve.label,
        "seed": curve.seed,
        "stage": curve.stage,
        "state": curve.state,
        "points": [[epoch, value] for epoch, value in curve.points],
    }
