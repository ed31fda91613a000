"""Tuned: the values that an arm's own retuning found, for programs."""

from sweep.report.columns.tuned import columns
from sweep.report.table import Notes


def test_values_are_those_of_the_arm_and_empty_for_the_others(retuned, shown):
    rows = shown(columns, retuned)
    assert rows["+ focal"]["tuned.dice_weight"].values == {"": 0.5}
    assert rows["+ focal"]["tuned.loss_type"].text == "focal"
    assert rows["baseline"]["tuned.dice_weight"].values == {}


def test_the_columns_are_details(retuned):
    assert all(column.detail for column in columns(retuned, Notes()).columns)


def test_a_study_that_retuned_nothing_has_none(laddered):
    assert columns(laddered, Notes()).columns == []
