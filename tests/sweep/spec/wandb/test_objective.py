"""`metric`, `metrics` and what a file without them means."""

import pytest

from sweep import study
from sweep.errors import StudyFileError
from sweep.model.trial import State
from sweep.spec.command import UNRANKED

GRID = "program: train.py\nmethod: grid\nparameters: {lr: {values: [0.1, 0.2]}}\n"


def test_a_grid_without_a_metric_runs_unranked(load, tmp_path):
    load(GRID, "train.py")
    (tmp_path / "train.py").write_text(
        "import wandb\nwandb.init().log({'loss': 1.0})\n"
    )
    done = study.run("sweep.yaml", results=tmp_path / "results", engine="serial")
    trials = done.history.trials.values()
    assert [trial.state for trial in trials] == [State.COMPLETE] * 2
    assert [dict(trial.reports[-1].metrics) for trial in trials] == [
        {"loss": 1.0, UNRANKED: 1.0}
    ] * 2


def test_a_program_that_logs_nothing_runs_unranked(load, tmp_path):
    load(GRID, "train.py")
    done = study.run("sweep.yaml", results=tmp_path / "results", engine="serial")
    assert {trial.state for trial in done.history.trials.values()} == {State.COMPLETE}


def test_bayes_and_early_termination_need_a_metric_and_set_gives_one(load):
    with pytest.raises(StudyFileError) as caught:
        load(GRID.replace("grid", "bayes"), "train.py")
    (violation,) = caught.value.violations
    assert "method needs one" in violation.problem
    assert "--set metric.name=val_loss" in violation.allowed
    named = load(
        GRID.replace("grid", "bayes"), "train.py", overrides={"metric.name": "val_loss"}
    )
    assert (named.metric.name, named.metric.goal) == ("val_loss", "minimize")


def test_several_metrics_are_objectives(load):
    several = "metrics: [{name: f1, goal: maximize}, {name: size, goal: minimize}]\nrun_cap: 9\n"
    wanted = load(GRID.replace("grid", "custom") + several, "train.py")
    assert wanted.search.method == "nsga2"
    assert [o.name for o in wanted.search.objectives] == ["f1", "size"]
