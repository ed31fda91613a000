"""The output of `sweep show`: a trial or an arm, from the log alone."""

from __future__ import annotations

import time

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sweep.commands import population_view
from sweep.commands.console import one_table
from sweep.durations import duration
from sweep.errors import UsageError
from sweep.history.history import History, Remarks
from sweep.model.by_epoch import described, is_by_epoch
from sweep.model.trial import Configuration, Trial, trial_folder
from sweep.search import population
from sweep.study import Study

_MOST_SHOWN = 8  # epochs that are listed; only the number of earlier ones is shown
_MOST_COLUMNS = 8  # metrics in one row


def show(study: Study, trial_or_arm: str) -> RenderableType:
    """Show a trial by its number, or the runs of an arm by its name.

    Raises:
        UnknownName: no such arm.
        UsageError: no such trial.
    """
    history = study.history
    if not trial_or_arm.isdecimal():
        return _arm(history, trial_or_arm)
    trial = _trial(study, trial_or_arm)
    folder = study.folder / "trials" / trial_folder(trial)
    return Group(
        Text(_title(trial), style="bold"),
        Text(_outcome(trial)),
        *[Text(line) for line in remarks(history.remarks.get(trial.number))],
        *[
            Text(f"lost its worker: {why}")
            for why in history.losses.get(trial.number, ())
        ],
        *[Text(line) for line in population_view.lineage_lines(history, trial)],
        _configuration(population.as_trained(history.spec, trial)),
        _epochs(history, trial),
        *_metrics(history, trial),
        Text(_sessions(history, trial)),
        Text(f"files: {folder}"),
        Text(f"repeat it alone: sweep try {folder / 'config.json'}"),
    )


def _trial(study: Study, number: str) -> Trial:
    """The trial with this number.

    Raises:
        UsageError: there is none.
    """
    trials = study.history.trials
    if int(number) not in trials:
        raise UsageError(
            f"no trial {number}: {study.folder} has trials 0 to {len(trials) - 1}"
        )
    return trials[int(number)]


def numbers(study: Study, trial_or_arm: str) -> tuple[str | None, list[int]]:
    """The requested arm and its trials' numbers; or None and the number of the requested trial.

    Raises:
        UnknownName: no such arm.
        UsageError: no such trial.
    """
    if trial_or_arm.isdecimal():
        return None, [_trial(study, trial_or_arm).number]
    from sweep import report

    cells = [row[0] for row in report.trace(study.history, trial_or_arm).rows]
    return trial_or_arm, [number for cell in cells for number in cell.trials]


def remarks(written: Remarks | None) -> list[str]:
    """A trial's tags, then each note with its date."""
    if written is None:
        return []
    tags = [f"tags: {', '.join(written.tags)}"] if written.tags else []
    days = [time.strftime("%Y-%m-%d", time.localtime(at)) for at, _ in written.notes]
    return tags + [
        f"note of {day}: {text}"
        for day, (_, text) in zip(days, written.notes, strict=True)
    ]


def _title(trial: Trial) -> str:
    """One line: number, label, stage, seed and fold, and whether it is an exploring trial."""
    fold = "" if trial.fold is None else f", fold {trial.fold}"
    run = f"seed {trial.seed}{fold}"
    kind = ", exploring" if trial.explores else ""
    return f"trial {trial.number}: {trial.label} ({trial.stage}), {run}{kind}"


def _outcome(trial: Trial) -> str:
    """How the trial ended and why, with its epochs, time and attempts."""
    outcome = f"{trial.state}: {trial.reason}" if trial.reason else str(trial.state)
    if trial.reused:
        source = trial.attributes["reused"]
        outcome += f" (reused: trial {source['trial']} of study {source['study']})"
    if trial.given_up:
        outcome += f"; its configuration gets no further runs: {trial.given_up}"
    epochs = _counted(trial.epochs_trained, "epoch")
    attempts = _counted(trial.attempts, "attempt")
    return f"{outcome}; {epochs}, {duration(trial.seconds)}, {attempts}"


def _counted(number: int, noun: str) -> str:
    """`1 epoch`, `2 epochs`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _configuration(config: Configuration) -> RenderableType:
    """The table of a trial's parameters."""
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 2))
    for name, value in config.items():
        shown = described(value) if is_by_epoch(value) else str(value)
        table.add_row(Text(name), Text(shown))
    return table


def _sessions(history: History, trial: Trial) -> str:
    """When the trial ran, and with which code."""
    sessions = [
        _session(each.number, each.started, each.environment.get("code", ""))
        for each in history.sessions_of(trial.number)
    ]
    return f"session {', '.join(sessions)}" if sessions else "no session has run it yet"


def _session(number: int, started: float, code: str) -> str:
    """One session as text: number, start and code."""
    return f"{number} ({time.strftime('%Y-%m-%d %H:%M', time.localtime(started))}, code {code})"


def _epochs(history: History, trial: Trial) -> RenderableType:
    """The table of the last epochs of a trial."""
    names = _columns(history, trial)
    table = Table(box=None, header_style="dim", padding=(0, 1, 0, 2))
    for column in ("epoch", *names, "seconds"):
        table.add_column(column, justify="right")
    skipped = len(trial.reports) - _MOST_SHOWN
    if skipped > 0:
        table.add_row(f"… {skipped} earlier")
    for report in trial.reports[-_MOST_SHOWN:]:
        values = (report.metrics.get(name) for name in names)
        table.add_row(
            str(trial.epochs_done(report.epoch)),
            *("" if v is None else f"{v:.4f}" for v in values),
            f"{report.seconds:.2f}",
        )
    return table


def _columns(history: History, trial: Trial) -> list[str]:
    """The metrics to show for each epoch: all, or if there are many those of the study file."""
    reported = list(
        dict.fromkeys(name for report in trial.reports for name in report.metrics)
    )
    named = dict.fromkeys([history.spec.metric.name, *history.spec.report.metrics])
    return [
        *named,
        *(
            name
            for name in reported
            if name not in named and len(reported) <= _MOST_COLUMNS
        ),
    ]


def _metrics(history: History, trial: Trial) -> list[RenderableType]:
    """Every metric of the trial at its selected epoch."""
    report = history.spec.selected(trial)
    if report is None or len(report.metrics) <= len(_columns(history, trial)):
        return []
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 2))
    for name, value in report.metrics.items():
        table.add_row(Text(name), "" if value is None else f"{value:.6g}")
    return [
        Text(f"at epoch {trial.epochs_done(report.epoch)}, which the report uses:"),
        table,
    ]


def _arm(history: History, name: str) -> RenderableType:
    """The table of the runs that an arm's row is computed from."""
    from sweep import report

    return one_table(history.spec.name, report.trace(history, name))
