"""The running trials as a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from sweep.durations import duration
from sweep.live.running import RunningTrial
from sweep.live.sparkline import sparkline

MOST_ROWS = 12  # so that the table stays on the screen


def running_table(trials: Sequence[RunningTrial], metric: str) -> Table:
    """One row for each trial: arm or number, seed, epoch, last value, curve, remaining time."""
    table = Table(box=None, header_style="dim", padding=(0, 1))
    table.add_column("trial", overflow="ellipsis", no_wrap=True, max_width=40)
    for title in ("seed", "epoch", metric):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("time left", justify="right", no_wrap=True)
    for trial in trials[:MOST_ROWS]:
        table.add_row(*_cells(trial))
    if len(trials) > MOST_ROWS:
        table.add_row(Text(f"… {len(trials) - MOST_ROWS} more", style="dim"))
    return table


def _cells(trial: RunningTrial) -> list[Text]:
    """The cells of one trial; a value that is not known yet is an empty text."""
    seed = str(trial.seed)
    if trial.fold is not None:
        seed += f", fold {trial.fold}"
    epoch = str(trial.epochs_done)
    if trial.epochs is not None:
        epoch += f"/{trial.epochs}"
    last = "" if trial.last is None else f"{trial.last:.4f}"
    time_left = "" if trial.seconds_left is None else duration(trial.seconds_left)
    texts = (
        f"{trial.number}  {trial.label}",
        seed,
        epoch,
        last,
        sparkline(trial.values),
        time_left,
    )
    return [Text(text) for text in texts]
