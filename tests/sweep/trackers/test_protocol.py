"""What every tracker is told: where it writes, how a run is found, and when an epoch ended."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from sweep.model.trial import Report, State, Trial
from sweep.trackers import protocol
from tests.sweep.trackers.two_kinds import study

CONFIG = {"epochs": 3}
REPORTS = [
    Report(epoch, {"val/f1": 0.5, "train/loss": None}, 2.0) for epoch in range(3)
]
TRIAL = Trial(
    7,
    "ablation",
    "+ focal",
    CONFIG,
    3,
    1,
    State.PRUNED,
    "below the median",
    REPORTS,
    attempts=1,
)


@pytest.fixture
def target(tmp_path):
    return protocol.target(study(tmp_path), tmp_path)


def test_a_study_keeps_its_key_and_another_of_its_name_has_another(target, tmp_path):
    assert protocol.target(study(tmp_path), tmp_path).key == target.key
    history = study(tmp_path)
    history.created = replace(history.created, path="another/study.yaml")
    assert protocol.target(history, tmp_path).key != target.key


def test_files_lie_in_the_studys_folder_or_in_one_of_its_own_where_the_file_says(
    target, tmp_path
):
    assert target.place(None) == tmp_path.resolve()
    shared = target.place("runs")
    assert shared.parent == Path(target.spec.base_dir, "runs")
    assert shared.name == f"{target.spec.slug}-{target.key[:6]}"


def test_a_run_is_found_by_study_trial_stage_arm_seed_and_fold(target):
    assert protocol.about(target, TRIAL) == {
        "study": "two kinds",
        "trial": 7,
        "stage": "ablation",
        "arm": "+ focal",
        "seed": 3,
        "fold": 1,
    }


def test_a_run_says_how_its_trial_ended_and_only_a_complete_one_succeeded():
    assert protocol.ending(TRIAL) == {"state": "pruned", "reason": "below the median"}
    assert not protocol.succeeded(TRIAL)
    assert protocol.succeeded(Trial(0, "search", "a", CONFIG, 0, state=State.COMPLETE))


def test_a_metric_that_was_not_finite_is_nan():
    metrics = protocol.numbers(REPORTS[0])
    assert metrics["val/f1"] == 0.5
    assert math.isnan(metrics["train/loss"])


def test_moments_count_the_seconds_of_training_alone():
    assert [moment for _, moment in protocol.timed(TRIAL, 100.0)] == [
        102.0,
        104.0,
        106.0,
    ]
    assert protocol.end_of(TRIAL, 100.0) == 106.0 + TRIAL.overhead


def test_a_trial_that_waits_has_nothing_to_write():
    assert not protocol.begun(Trial(0, "search", "a", CONFIG, 0))
    assert protocol.begun(TRIAL)
