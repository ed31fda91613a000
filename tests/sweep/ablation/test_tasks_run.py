"""Whole studies with tasks, run in this process: trials, searches and retuning on each task."""

import os
import signal
from collections import Counter

import pytest

from sweep.errors import Interrupted
from sweep.history import opening
from sweep.history.task_view import by_task
from sweep.model.trial_events import TrialFinished
from tests.sweep import small

STUDY = """
name: small
trainer: own.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 2
  data: {values: [a, b], role: task, at: {b: {epochs: 1}}}
  learning_rate: {values: [0.1, 0.2, 0.3], role: nuisance}
  loss: {values: [ce, focal]}
search: {method: grid}
ablation:
  baseline: {loss: ce}
  seeds: [0, 1]
  designs:
    arms:
      focal: {loss: focal}
      later: {set: {loss: focal, width: 2}, when: {arm: baseline, above: 0.05}}
"""
RETUNE = (
    "  seeds: [0, 1]\n",
    "  seeds: [0, 1]\n  retune: {parameters: [learning_rate], trials: 2}\n",
)
WIDTH = "  epochs: 2\n", "  epochs: 2\n  width: 1\n"


def prepared(tmp_path, monkeypatch, *changes):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(small.TRAINER)
    small.write(tmp_path, WIDTH, *changes, study=STUDY)


def test_every_arm_is_trained_on_every_task_with_every_seed(tmp_path, monkeypatch):
    prepared(tmp_path, monkeypatch)
    history = small.run().history
    runs = Counter(
        (t.config["data"], t.config["loss"]) for t in history.stage("ablation")
    )
    assert runs["a", "ce"] == 2
    assert runs["b", "ce"] == 2
    assert {
        t.config["epochs"] for t in history.stage("ablation") if t.config["data"] == "b"
    } == {1}


def test_each_task_is_searched_on_its_own(tmp_path, monkeypatch):
    prepared(tmp_path, monkeypatch)
    history = small.run().history
    assert len(history.cohort("search", "a")) == len(history.cohort("search", "b")) == 6
    for task, trials in (
        ("a", history.cohort("search", "a")),
        ("b", history.cohort("search", "b")),
    ):
        assert {trial.config["data"] for trial in trials} == {task}


def test_a_condition_is_judged_on_each_task(tmp_path, monkeypatch):
    """The baseline's mean is 0.065 on a, after two epochs, and 0.035 on b, after one."""
    prepared(tmp_path, monkeypatch)
    history = small.run().history
    assert "later @ a" in [arm.name for arm in history.arms]
    assert list(history.skipped) == ["later @ b"]
    assert "not above 0.05" in history.skipped["later @ b"]


def test_an_arm_is_retuned_on_each_task(tmp_path, monkeypatch):
    prepared(tmp_path, monkeypatch, RETUNE)
    history = small.run().history
    tuned = Counter(trial.config["data"] for trial in history.stage("retune"))
    assert tuned["a"] >= 4
    assert tuned["b"] >= 4
    assert all(arm.tuned is not None for arm in history.arms)


def test_the_log_alone_gives_the_same_study(tmp_path, monkeypatch):
    prepared(tmp_path, monkeypatch)
    study = small.run()
    again = opening.read(study.folder)
    assert again.arms == study.history.arms
    assert {task: len(there.trials) for task, there in by_task(again).items()} == {
        task: len(there.trials) for task, there in by_task(study.history).items()
    }


def test_an_interrupted_study_ends_as_one_that_was_not(tmp_path, monkeypatch):
    prepared(tmp_path, monkeypatch)
    ended = 0

    def interrupt(history, event):
        nonlocal ended
        ended += isinstance(event, TrialFinished)
        if ended == 3 and isinstance(event, TrialFinished):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted):
        small.run(listen=interrupt)
    resumed = small.resume().history
    assert not resumed.unfinished()
    keys = Counter(
        (str(dict(t.config)), t.stage, t.seed) for t in resumed.trials.values()
    )
    assert max(keys.values()) == 1
    assert len(resumed.stage("search")) == 12
