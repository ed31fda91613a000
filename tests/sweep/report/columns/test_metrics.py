"""Metrics: mean and standard deviation over an arm's runs, the best in bold."""

import numpy as np
import pytest

from sweep.report.columns.metrics import columns
from sweep.report.table import Notes


def test_a_cell_is_the_mean_and_the_standard_deviation_of_the_runs(laddered, shown):
    cell = shown(columns, laddered)["+ focal"]["test/f1"]
    values = laddered.runs("+ focal")["test/f1"]
    assert cell.values["mean"] == pytest.approx(values.mean())
    assert cell.values["sd"] == pytest.approx(np.std(values, ddof=1))
    assert cell.values["n"] == len(cell.trials) == 6
    assert cell.values["low"] < cell.values["mean"] < cell.values["high"]


def test_a_title_says_which_way_is_better(laddered):
    titles = [column.title for column in columns(laddered, Notes()).columns]
    assert titles == ["test/f1 ↑", "test/loss ↓"]


def test_arms_not_distinguishable_from_the_best_are_bold(laddered, shown):
    bold = {arm: row["test/f1"].bold for arm, row in shown(columns, laddered).items()}
    assert bold["+ focal"]
    assert not bold["baseline"]
