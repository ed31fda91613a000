"""A study with tasks, seen on one of them: an ordinary study's history."""

import pytest

from sweep import spec
from sweep.ablation import designs
from sweep.history.event_folds import fold_event
from sweep.history.history import History
from sweep.history.task_view import by_task, on_task, only_task
from sweep.model.events import ArmsDecided, ArmSkipped, Notice, StudyCreated
from sweep.model.trial import State
from sweep.model.trial_events import TrialCreated, TrialFinished
from sweep.spec.tasks import tasks

STUDY = """
trainer: trainer.py:train
metric: {name: val/f, goal: maximize}
parameters:
  data: {values: [digits, wine], role: task}
  dropout: {values: [0.0, 0.2]}
search: {method: random, trials: 2}
ablation:
  baseline: {dropout: 0.0}
  seeds: [0]
  designs: {arms: {drop: {dropout: 0.2}}}
"""


@pytest.fixture
def history(tmp_path):
    """Two trials of the search on each task, of which the first has ended, and one of an arm."""
    (tmp_path / "trainer.py").write_text("def train(config, run): ...\n")
    (tmp_path / "study.yaml").write_text(STUDY)
    study = spec.load(tmp_path / "study.yaml")
    made = History(study, StudyCreated(study.canonical(), STUDY), 1.0)
    fold_event(ArmsDecided(tuple(designs.arms(study))), made, 1.0)
    for number, task in enumerate(["digits", "wine", "digits", "wine"]):
        config = {"data": task, "dropout": 0.2}
        fold_event(
            TrialCreated(number, "search", "search", config, 0, None, {"group": task}),
            made,
            1.0,
        )
    arm = TrialCreated(
        4, "ablation", "drop @ wine", {"data": "wine", "dropout": 0.2}, 0, None, {}
    )
    fold_event(arm, made, 1.0)
    for number in (0, 1):
        fold_event(TrialFinished(number, State.COMPLETE, "", 0.0), made, 1.0)
    fold_event(ArmSkipped("drop @ digits", "below"), made, 1.0)
    fold_event(Notice("of the study"), made, 1.0)
    fold_event(Notice("of a trial on digits", trial=0), made, 1.0)
    return made


@pytest.fixture
def wine(history):
    return next(task for task in tasks(history.spec.parameters) if task.name == "wine")


@pytest.mark.parametrize("view", [on_task, only_task])
def test_the_search_on_a_task_is_the_search_of_an_ordinary_study(history, wine, view):
    seen = view(history, wine)
    assert tasks(seen.spec.parameters) == ()
    assert [trial.number for trial in seen.stage("search")] == [1, 3]
    assert seen.cohort("search").ended == [1]


@pytest.mark.parametrize("view", [on_task, only_task])
def test_arms_have_their_names_without_the_task(history, wine, view):
    seen = view(history, wine)
    assert [arm.name for arm in seen.arms] == ["baseline", "drop"]
    assert seen.skipped == {}
    digits = next(
        task for task in tasks(history.spec.parameters) if task.name == "digits"
    )
    assert view(history, digits).skipped == {"drop": "below"}


def test_what_decides_shares_the_trials_of_the_whole_history(history, wine):
    assert on_task(history, wine).trials is history.trials


def test_what_is_reported_holds_the_trials_and_notices_of_the_task_alone(history, wine):
    seen = only_task(history, wine)
    assert list(seen.trials) == [1, 3, 4]
    assert [notice.message for notice in seen.notices] == ["of the study"]
    assert [trial.number for trial in seen.cohort()] == [1, 3, 4]


def test_each_task_has_its_history(history):
    assert {task: list(seen.trials) for task, seen in by_task(history).items()} == {
        "digits": [0, 2],
        "wine": [1, 3, 4],
    }
