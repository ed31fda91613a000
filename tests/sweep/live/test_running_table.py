"""The table of running trials."""

import io

from rich.console import Console

from sweep.live.running import running_trials
from sweep.live.running_table import MOST_ROWS, running_table
from tests.sweep.live.fakes import history, trial


def shown(*trials):
    console = Console(width=100, file=io.StringIO())
    console.print(running_table(running_trials(history(*trials)), "val/f1"))
    return console.file.getvalue()


def test_a_row_has_label_seed_epoch_value_curve_and_time_left():
    text = shown(
        trial(7, label="+ focal", seed=3, values=[0.1, 0.9], epochs=4, seconds=30.0)
    )
    for part in ("7  + focal", "3", "2/4", "0.9000", "▁█", "1.0 min"):
        assert part in text


def test_the_fold_is_named_where_there_are_folds():
    assert "fold 2" in shown(trial(fold=2))


def test_more_trials_than_fit_are_counted():
    text = shown(*(trial(number) for number in range(MOST_ROWS + 3)))
    assert "… 3 more" in text


def test_text_of_a_study_is_not_read_as_markup():
    assert "[red]x[/red]" in shown(trial(label="[red]x[/red]"))
