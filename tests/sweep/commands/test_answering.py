"""Answers in JSON say what the log says."""

import json
import math
import os

import pytest

from sweep.commands import answering
from sweep.commands.answers import CompareAnswer
from sweep.model.lineage import lineage
from sweep.provenance import mps
from sweep.report.table import Cell, Column, Note, Table
from sweep.session import gpu_monitor
from sweep.study import load
from tests.sweep.commands.invoking import sweep
from tests.sweep.commands.test_plan_view import GPU_TRAINER, HEAD, SEARCH
from tests.sweep.session.over_tasks import FIXED, TASKS, reported
from tests.sweep.session.searches import populated


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


def test_a_plan_has_the_share_of_a_gpu_that_the_probe_proposes(
    tmp_path, gpus, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(gpu_monitor, "_EPOCHS_FOR", 0.3)
    monkeypatch.setattr(mps, "running", lambda: False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    gpus((0, 10_000, 0))
    (tmp_path / "trainer.py").write_text(GPU_TRAINER)
    (tmp_path / "study.yaml").write_text(
        HEAD + SEARCH + "resources: {gpu: auto, cpu: 1}\n"
    )
    answer = told("plan", "study.yaml")
    assert answer["gpus"] == 1
    gpu = answer["gpu"]
    assert (gpu["gpu"], gpu["at_once"], gpu["limit"]) == (0.3333, 3, "busy time")
    assert gpu["memory"] < gpu["free"]
    assert gpu["busy"] == pytest.approx(0.3)
    assert "resources.gpu: 0.3333" in gpu["words"]


def test_a_plan_without_a_gpu_or_without_a_probe_proposes_none(
    tmp_path, monkeypatch, gpus
):
    monkeypatch.chdir(tmp_path)
    gpus()
    (tmp_path / "trainer.py").write_text(
        "def train(config, run):\n    run.report(0, {'val/f1': 0.5})\n"
    )
    (tmp_path / "study.yaml").write_text(HEAD + SEARCH)
    answer = told("plan", "study.yaml")
    assert (answer["gpus"], answer["gpu"]) == (0, None)
    assert answer["seconds"] is not None
    answer = told("plan", "study.yaml", "--no-probe")
    assert (answer["gpus"], answer["gpu"], answer["seconds"]) == (None, None, None)


def test_show_lists_the_values_by_epoch_of_a_member_that_copied(bench):
    study = bench(populated())
    history = study.run()
    copied = next(t for t in history.stage("search") if lineage(t).steps)
    answer = answering.trial(load(study.folder), copied)
    assert answer.config["x"] == lineage(copied).scheduled(["x"])["x"]


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
