"""n_test / n_train: as runs state it, else that of equal folds, and none for one shared
test set."""

import pytest

from sweep import spec
from sweep.ablation.resampling import (
    ASSUMED_OF_SPLITS,
    Resampling,
    draws_splits,
    planned_resampling,
    resampling,
)
from sweep.model.trial import Report, State, Trial

OWN = """
name: overlap
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 2, w: {min: 0.0, max: 2.0}}
ablation: {baseline: {w: 0.0}, seeds: [0, 1], FOLDS designs: {arms: {heavy: {w: 1.0}}}}
"""
BUNDLED = """
trainer: clip
metric: {name: val/balanced_accuracy, goal: maximize}
parameters: {epochs: 2, split: SPLIT, temperature: {min: 0.1, max: 2.0}}
ablation: {baseline: {temperature: 0.5}, FOLDS designs: {arms: {hot: {temperature: 1.0}}}}
"""
VAL = ["val/f1"]


@pytest.fixture
def load(tmp_path):
    def load(text, folds=None, split="fixed"):
        path = tmp_path / "study.yaml"
        given = "" if folds is None else f"folds: {folds},"
        path.write_text(text.replace("FOLDS", given).replace("SPLIT", split))
        return spec.load(path)

    return load


class Past:
    """What `resampling` asks of a history: its study file, and the trials of a stage."""

    def __init__(self, given, trials):
        self.spec, self._trials = given, trials

    def stage(self, name):
        return [trial for trial in self._trials if trial.stage == name]


def history(given, *stated, state=State.COMPLETE):
    """A history with a trial for each mapping of sizes, reported in the first epoch only."""
    trials = []
    for seed, sizes in enumerate(stated):
        first = {"val/f1": 0.5} | {
            f"split/{part}": float(n) for part, n in sizes.items()
        }
        reports = [Report(0, first, 1.0), Report(1, {"val/f1": 0.6}, 1.0)]
        trials.append(
            Trial(seed, "ablation", "arm", {}, seed, state=state, reports=reports)
        )
    return Past(given, trials)


def test_folds_without_sizes_are_taken_to_be_equal(load):
    assert resampling(history(load(OWN, 5), {}), VAL) == Resampling(1 / 4, stated=False)


def test_sizes_that_runs_report_win(load):
    found = resampling(
        history(load(OWN, 3), {"train": 60, "val": 30}, {"train": 80, "val": 20}), VAL
    )
    assert found == Resampling((30 / 60 + 20 / 80) / 2, stated=True)


def test_the_part_that_a_metric_is_measured_on_counts(load):
    sizes = {"train": 60, "val": 30, "test": 12}
    given = history(load(OWN, 3), sizes)
    assert resampling(given, ["test/f1"]).ratio == 0.2
    assert resampling(given, VAL).ratio == 0.5
    assert resampling(given, ["test/f1", "val/f1"]).ratio == 0.5
    assert (
        resampling(history(load(OWN, 3), {"train": 60, "test": 12}), VAL).ratio == 0.2
    )


def test_seeds_that_draw_splits_are_resplits_and_others_are_not(load):
    own = load(OWN)
    assert resampling(history(own, {"train": 80, "val": 20}), VAL) == Resampling(
        0.25, stated=True
    )
    assert resampling(history(own, {}), VAL) is None


@pytest.mark.parametrize("state", [State.FAILED, State.PRUNED, State.RUNNING])
def test_only_complete_runs_are_asked(load, state):
    assert (
        resampling(history(load(OWN), {"train": 80, "val": 20}, state=state), VAL)
        is None
    )


@pytest.mark.parametrize("sizes", [{"train": 0, "val": 20}, {"train": 80, "val": 0}])
def test_sizes_that_are_none_say_nothing(load, sizes):
    assert resampling(history(load(OWN), sizes), VAL) is None


def test_one_test_set_for_all_folds_is_not_corrected_for(load):
    bundled = load(BUNDLED, 5)
    assert planned_resampling(bundled, ["test/balanced_accuracy"]) is None
    assert planned_resampling(bundled, ["val/balanced_accuracy"]) == Resampling(
        1 / 4, stated=False
    )
    assert planned_resampling(load(OWN, 5), ["test/f1"]) == Resampling(
        1 / 4, stated=False
    )


def test_before_any_run_resplits_of_a_bundled_trainer_are_assumed(load):
    by_seed = load(BUNDLED, split="by_seed")
    assert draws_splits(by_seed)
    assert planned_resampling(by_seed, VAL) == Resampling(
        ASSUMED_OF_SPLITS, stated=False
    )
    assert not draws_splits(load(BUNDLED))
    assert planned_resampling(load(BUNDLED), VAL) is None
