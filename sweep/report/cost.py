"""The cost table: what each stage cost, and what early stopping saved."""

from __future__ import annotations

from collections.abc import Sequence

from sweep.history.history import History
from sweep.model.trial import State, Trial
from sweep.report import numbers
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Note, Table, Value
from sweep.search import population

_COLUMNS = (
    Column("stage", "Stage", "left"),
    Column("trials", "Trials"),
    *(
        Column(state.value, state.value.capitalize())
        for state in (State.COMPLETE, State.PRUNED, State.FAILED)
    ),
    Column("paused", "Paused"),
    Column("running", "Unfinished"),
    Column("attempts", "Attempts"),
    Column("epochs", "Epochs"),
    Column("seconds", "Worker time"),
    Column("saved", "Epochs saved"),
)
_PAUSED_COLUMN = [column.key for column in _COLUMNS].index("paused")
_NO_RESULT = "they have no result, and resume from their checkpoints"
_MOST_REASONS = 5  # of retries, listed below the table


def cost_tables(evidence: Evidence) -> list[Table]:
    """Trials by state, attempts, epochs, worker time and saved epochs.

    One row per stage, and one for the whole study.
    """
    trials = list(evidence.history.trials.values())
    if not trials:
        return []
    stages = dict.fromkeys(trial.stage for trial in trials)
    rows = [_row(stage, [t for t in trials if t.stage == stage]) for stage in stages]
    if len(stages) > 1:
        rows.append(_row("all", trials))
    paused = sum(trial.state is State.PAUSED for trial in trials)
    note = (
        "Epochs saved: the epochs of their full budget that pruned and early-stopped"
        " trials did not run, as a share of the full budget of all finished trials;"
        " worker time is summed over all workers"
    )
    if reused := sum(trial.reused for trial in trials):
        note += (
            f"; {reused} trials were reused from other studies and needed no time here"
        )
    notes = [Note("", note), *_retries(evidence.history)]
    columns = _COLUMNS
    if paused:
        notes.append(Note("", _paused_note(evidence.history, paused)))
    else:
        rows = [row[:_PAUSED_COLUMN] + row[_PAUSED_COLUMN + 1 :] for row in rows]
        columns = columns[:_PAUSED_COLUMN] + columns[_PAUSED_COLUMN + 1 :]
    return [Table("cost", "Cost", columns, tuple(rows), tuple(notes))]


def _paused_note(history: History, count: int) -> str:
    """Where trials are paused, and when they continue."""
    if population.section(history.spec) is not None:
        when = "in a session that has budget left"
        return f"Members paused at a decision: {count}; {_NO_RESULT} {when}"
    return (
        f"{count} trials are paused at a rung: {_NO_RESULT} if more trials promote them"
    )


def _retries(history: History) -> list[Note]:
    """One note for each reason why trials lost their workers, with the trials."""
    lost: dict[str, list[int]] = {}
    for number, reasons in history.losses.items():
        for reason in reasons:
            lost.setdefault(reason, []).append(number)
    most_frequent_first = sorted(lost, key=lambda reason: -len(lost[reason]))
    notes = []
    for reason in most_frequent_first[:_MOST_REASONS]:
        retries = len(lost[reason])
        trials = sorted(set(lost[reason]))
        text = f"retried × {retries}, {numbers.trial_list(trials)}: {reason}"
        notes.append(Note("", text, tuple(trials)))
    more = len(lost) - _MOST_REASONS
    if more > 0:
        notes.append(Note("", f"{more} further reasons of retries: `sweep status`"))
    return notes


def saved_epochs(trials: Sequence[Trial]) -> tuple[int, int]:
    """Epochs of their budgets that trials did not run: (pruned or paused, complete).

    A trial without a known budget counts as 0.
    """
    pruned = stopped_early = 0
    for trial in trials:
        if trial.state in (State.PRUNED, State.PAUSED):
            pruned += _unused(trial)
        elif trial.state is State.COMPLETE:
            stopped_early += _unused(trial)
    return pruned, stopped_early


def _unused(trial: Trial) -> int:
    """The epochs of its budget that a trial was not trained for."""
    if trial.budget is None:
        return 0
    return max(0, trial.budget - trial.epochs_behind)


def _row(stage: str, trials: Sequence[Trial]) -> tuple[Cell, ...]:
    """The row of one stage: trials in each state, epochs, and what stopping saved."""
    counts = {state: sum(trial.state is state for trial in trials) for state in State}
    epochs = sum(trial.epochs_trained for trial in trials)
    at_rest = (State.PRUNED, State.PAUSED, State.COMPLETE)
    finished = sum(trial.epochs_trained for trial in trials if trial.state in at_rest)
    seconds = sum(trial.seconds for trial in trials if not trial.reused)
    pruned, stopped = saved_epochs(trials)
    saved = pruned + stopped
    share = saved / (finished + saved) if saved else 0.0
    saved_values: dict[str, Value] = {
        "pruned": pruned,
        "stopped_early": stopped,
        "share": share,
    }
    shown_states = (
        State.COMPLETE,
        State.PRUNED,
        State.FAILED,
        State.PAUSED,
        State.RUNNING,
    )
    return (
        Cell(stage, {"": stage}),
        Cell(str(len(trials)), {"": len(trials)}),
        *(_count(counts[state]) for state in shown_states),
        _count(sum(trial.attempts for trial in trials)),
        _count(epochs),
        Cell(numbers.duration(seconds), {"": seconds}),
        Cell(f"{saved} ({numbers.percent(share)})" if saved else "0", saved_values),
    )


def _count(number: int) -> Cell:
    """The cell of a count."""
    return Cell(str(number), {"": number})
