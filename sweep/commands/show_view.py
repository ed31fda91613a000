"""What `sweep show` prints of a trial or an arm, from the log alone."""

from __future__ import annotations

import time

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sweep.commands.console import one_table
from sweep.commands.durations import duration
from sweep.errors import UsageError
from sweep.history.history import History
from sweep.model.trial import Trial, trial_folder
from sweep.study import Study

_MOST_SHOWN = 8  # epochs listed; the earlier ones are counted


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
        last = len(history.trials) - 1
        raise UsageError(f"no trial {what}: {study.folder} has trials 0 to {last}")
    folder = study.folder / "trials" / trial_folder(trial)
    return Group(
        Text(_title(trial), style="bold"),
        Text(_outcome(trial)),
        *[Text(f"lost its worker: {why}") for why in history.losses.get(trial.number, ())],
        _configuration(trial),
        _epochs(history, trial),
        Text(_sessions(history, trial)),
        Text(f"files: {folder}"),
        Text(f"repeat it alone: sweep try {folder / 'config.json'}"),
    )


def _title(trial: Trial) -> str:
    fold = "" if trial.fold is None else f", fold {trial.fold}"
    return f"trial {trial.number}: {trial.label} ({trial.stage}), seed {trial.seed}{fold}"


def _outcome(trial: Trial) -> str:
    """How the trial ended and why, with what it took."""
    outcome = f"{trial.state}: {trial.reason}" if trial.reason else str(trial.state)
    if trial.reused:
        source = trial.attributes["reused"]
        outcome += f" (reused: trial {source['trial']} of study {source['study']})"
    if trial.given_up:
        outcome += f"; its configuration gets no further runs: {trial.given_up}"
    trained = trial.reports[-1].epoch + 1 if trial.reports else 0
    effort = f"{trained} epochs, {duration(trial.seconds)}, {trial.attempts} attempts"
    return f"{outcome}; {effort}"


def _configuration(trial: Trial) -> RenderableType:
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 2))
    for name, value in trial.config.items():
        table.add_row(Text(name), Text(str(value)))
    return table


def _sessions(history: History, trial: Trial) -> str:
    """When the trial ran, and with which code."""
    sessions = [
        _session(each.number, each.started, each.environment.get("code", ""))
        for each in history.sessions_of(trial.number)
    ]
    return f"session {', '.join(sessions)}" if sessions else "no session has run it yet"


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
            str(report.epoch + 1),
            *("" if v is None else f"{v:.4f}" for v in values),
            f"{report.seconds:.2f}",
        )
    return table


def _arm(history: History, name: str) -> RenderableType:
    from sweep import report

    return one_table(history.spec.name, report.trace(history, name))
