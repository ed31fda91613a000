"""Answers in JSON say what the log says."""

import json
import math

from sweep.commands import answering
from sweep.commands.answers import CompareAnswer
from sweep.report.table import Cell, Column, Note, Table
from tests.sweep.commands.invoking import sweep


def told(*arguments):
    code, printed = sweep(*arguments, "--json")
    assert code == 0, printed
    return json.loads(printed)


def test_status_counts_trials_and_names_the_best(finished):
    (study,) = told("status", "tiny")["studies"]
    assert study["state"] == "done"
    assert sum(stage["complete"] for stage in study["stages"]) > 0
    assert study["best"]["state"] == "complete"


def test_a_trial_has_its_curves(finished):
    (trial,) = told("show", "tiny", "0")["trials"]
    assert trial["trial"] == 0
    assert all(len(curve) == trial["epochs"] for curve in trial["curves"].values())


def test_a_sound_study_is_verified(finished):
    answer = told("verify", "tiny")
    assert answer["sound"]
    assert answer["problems"] == []


def test_a_comparison_is_a_table_whose_infinite_numbers_are_null():
    columns = (Column("arm", "Arm"), Column("a", "A"))
    row = (Cell("x", {"": "x"}), Cell("1", {"mean": 1.5, "sd": math.nan}))
    made = Table("compare", "Two studies", columns, (row,), (Note("", "unlike", (3,)),))
    answer = CompareAnswer(studies=["a", "b"], table=answering.table(made))
    assert answer.table.rows[0]["a.mean"] == 1.5
    assert answer.table.rows[0]["a.sd"] is None
    assert answer.table.notes[0].trials == [3]
