"""A study's evidence on each task: that of an ordinary study which trained on it alone."""

import numpy as np

from sweep.report import gather
from sweep.report.task_evidence import on_tasks, over_tasks


def test_evidence_on_a_task_has_only_its_trials(on_tasks_of):
    there = on_tasks(on_tasks_of(["a", "b"]))["b"].history
    assert {trial.config["data"] for trial in there.trials.values()} == {"b"}
    assert len(there.stage("ablation")) == 18


def test_arms_on_a_task_have_names_without_the_task(on_tasks_of):
    there = on_tasks(on_tasks_of(["a", "b"]))["a"]
    assert list(there.arms) == ["baseline", "good", "mixed"]
    assert there.arms["good"].reference == "baseline"


def test_a_missing_run_is_nan(on_tasks_of):
    over = over_tasks(on_tasks_of(["a", "b"], without=("good @ b",)))
    assert np.isnan(over.values["b"]["good"]).all()
    assert np.isfinite(over.values["a"]["good"]).all()
    assert over.pairs("b", "good")[0].size == 0
    assert over.pairs("a", "good")[0].size == 6


def test_a_study_without_tasks_has_no_task_evidence(ladder):
    assert on_tasks(gather(ladder)) == {}
    assert over_tasks(gather(ladder)) is None
