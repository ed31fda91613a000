"""Steps as epochs, and results that stand once a run."""

import pandas as pd

from sweep.imported.steps import RUN_NUMBER, epochs_of_steps, once_a_run

NONE = None


def rows(**columns):
    frame = pd.DataFrame(columns)
    return frame if RUN_NUMBER in frame.columns else frame.assign(**{RUN_NUMBER: 0})


def test_a_result_that_stands_once_holds_in_every_epoch_and_its_row_is_none():
    logged = rows(epoch=[0, 1, 2], val=[0.5, 0.6, NONE], test=[NONE, NONE, 0.7])
    spread, said = once_a_run(logged, ["val", "test"])
    assert spread["val"].tolist() == [0.5, 0.6]
    assert spread["test"].tolist() == [0.7, 0.7]
    assert said == ["test: one value for each run, which is used for all of its epochs"]


def test_a_run_that_died_early_does_not_make_a_curve_a_single_result():
    logged = pd.DataFrame(
        {RUN_NUMBER: [0, 0, 1], "epoch": [0, 1, 0], "val": [0.5, 0.6, 0.4]}
    )
    spread, said = once_a_run(logged, ["val"])
    assert len(spread) == 3
    assert said == []


def test_where_everything_stands_once_nothing_changes():
    logged = rows(epoch=[0], val=[0.5], test=[0.6])
    spread, said = once_a_run(logged, ["val", "test"])
    assert spread["test"].tolist() == [0.6]
    assert said == []


def test_an_epoch_ends_with_each_value_of_the_metric():
    logged = rows(
        epoch=[0, 10, 20, 30, 40],
        loss=[3.0, 2.0, NONE, 1.0, 0.5],
        val=[NONE, NONE, 0.5, NONE, 0.6],
    )
    numbered, said = epochs_of_steps(logged, "epoch", "val")
    assert numbered["epoch"].tolist() == [0, 0, 0, 1, 1]
    assert said == [
        "the source counts steps: an epoch ends at each step that has a value of val"
    ]


def test_what_follows_the_last_value_belongs_to_its_epoch():
    logged = rows(epoch=[0, 1, 2], loss=[1.0, 2.0, 3.0], val=[0.5, 0.6, NONE])
    numbered, _ = epochs_of_steps(logged, "epoch", "val")
    assert numbered["epoch"].tolist() == [0, 1, 1]


def test_steps_that_all_hold_the_metric_stay_as_they_are():
    logged = rows(epoch=[10, 20], val=[0.5, 0.6])
    numbered, said = epochs_of_steps(logged, "epoch", "val")
    assert numbered["epoch"].tolist() == [10, 20]
    assert said == []
