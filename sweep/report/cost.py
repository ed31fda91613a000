"""The cost table: what each stage took, and what stopping early saved."""

from __future__ import annotations

from collections.abc import Sequence

from sweep.history.history import History
from sweep.model.trial import State, Trial
from sweep.report import numbers
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Note, Table, Value

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
_AT = [column.key for column in _COLUMNS].index("paused")  # shown where a trial is
_PAUSED = "no results; they go on from their checkpoints if more trials promote them"
_MOST_REASONS = 5  # of retries, listed below the table


def cost_tables(evidence: Evidence) -> list[Table]:
    """Trials by state, attempts, epochs, worker time and saved epochs of each stage and
    of the study.
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
        "Epochs saved: those of the full budget that pruned trials, and trials that"
        " stopped by their own rule, did not run, as a share of what the finished"
        " trials would have taken; worker time adds up all workers"
    )
    if taken := sum(trial.reused for trial in trials):
        note += f"; {taken} trials were reused from other studies and took no time here"
    notes = [Note("", note), *_retries(evidence.history)]
    columns = _COLUMNS
    if paused:
        notes.append(Note("", f"{paused} trials are paused at a rung: {_PAUSED}"))
    else:
        rows = [row[:_AT] + row[_AT + 1 :] for row in rows]
        columns = columns[:_AT] + columns[_AT + 1 :]
    return [Table("cost", "Cost", columns, tuple(rows), tuple(notes))]


def _retries(history: History) -> list[Note]:
    """One note for each reason that trials lost their workers, with the trials."""
    lost: dict[str, list[int]] = {}
    for number, reasons in history.losses.items():
        for reason in reasons:
            lost.setdefault(reason, []).append(number)
    found = sorted(lost.items(), key=lambda item: -len(item[1]))
    notes = [
        Note(
            "",
            f"retried × {len(trials)}, {numbers.trial_list(sorted(set(trials)))}: {why}",
            tuple(sorted(set(trials))),
        )
        for why, trials in found[:_MOST_REASONS]
    ]
    if len(found) > _MOST_REASONS:
        notes.append(
            Note(
                "",
                f"{len(found) - _MOST_REASONS} further reasons of retries: `sweep status`",
            )
        )
    return notes


def saved_epochs(trials: Sequence[Trial]) -> tuple[int, int]:
    """Epochs that pruned (or so far paused) and that early-stopped complete trials were spared.

    0 where no budget is known.
    """
    early = (State.PRUNED, State.PAUSED)
    pruned = sum(_unused(trial) for trial in trials if trial.state in early)
    return pruned, sum(
        _unused(trial) for trial in trials if trial.state is State.COMPLETE
    )


def _unused(trial: Trial) -> int:
    full = trial.budget
    return 0 if full is None else max(0, full - trial.epochs_trained)


def _row(stage: str, trials: Sequence[Trial]) -> tuple[Cell, ...]:
    counts = {state: sum(trial.state is state for trial in trials) for state in State}
    epochs = sum(trial.epochs_trained for trial in trials)
    at_rest = (State.PRUNED, State.PAUSED, State.COMPLETE)
    finished = sum(trial.epochs_trained for trial in trials if trial.state in at_rest)
    seconds = sum(trial.seconds for trial in trials if not trial.reused)
    pruned, stopped = saved_epochs(trials)
    share = (
        (pruned + stopped) / (finished + pruned + stopped) if pruned + stopped else 0.0
    )
    saved: dict[str, Value] = {
        "pruned": pruned,
        "stopped_early": stopped,
        "share": share,
    }
    return (
        Cell(stage, {"": stage}),
        Cell(str(len(trials)), {"": len(trials)}),
        *(
            _count(counts[state])
            for state in (
                State.COMPLETE,
                State.PRUNED,
                State.FAILED,
                State.PAUSED,
                State.RUNNING,
            )
        ),
        _count(sum(trial.attempts for trial in trials)),
        _count(epochs),
        Cell(numbers.duration(seconds), {"": seconds}),
        Cell(
            f"{pruned + stopped} ({numbers.percent(share)})"
            if pruned + stopped
            else "0",
            saved,
        ),
    )


def _count(number: int) -> Cell:
    return Cell(str(number), {"": number})
