"""Answers in JSON say what the log says."""

import json
import math

from sweep.commands import answering
from sweep.commands.answers import CompareAnswer
from sweep.report.table import Cell, Column, Note, Table
from tests.sweep.commands.invoking import sweep
from tests.sweep.session.over_tasks import FIXED, TASKS, reported


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


def test_a_plan_has_the_trials_of_each_look_on_all_tasks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trainer.py").write_text("def train(config, run): ...\n")
    (tmp_path / "study.yaml").write_text(TASKS.replace("to: 12", "to: 8"))
    answer = told("plan", "study.yaml", "--no-probe")
    assert answer["tasks"] == 2
    assert [look["seeds"] for look in answer["looks"]] == [5, 8]
    assert (
        answer["looks"][-1]["trials_at_worst"] == answer["ablation_trials"] == 2 * 6 * 8
    )
    assert all(
        look["trials_likely"] <= look["trials_at_worst"] for look in answer["looks"]
    )


def test_a_report_has_the_verdicts_over_tasks_and_on_each(bench, workers, monkeypatch):
    study = bench(FIXED)
    study.run(workers(misbehave=reported))
    monkeypatch.chdir(study.folder)
    verdicts = told("report", str(study.folder), "--no-figures")["verdicts"]
    over = {each["arm"]: each for each in verdicts if each["task"] is None}
    assert over["better"]["verdict"] == "helps"
    assert over["better"]["relative"]
    assert over["better"]["final"]
    assert {each["task"] for each in verdicts} == {None, "small", "large"}
