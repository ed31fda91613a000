"""A trainer is called once for each stretch of constant values, and goes on from its checkpoint."""

import pytest

from sweep.errors import TrialError
from sweep.model.by_epoch import value_by_epoch
from sweep.model.trial import EpochReport
from sweep.worker.stretches import Stretches

CONFIG = {"epochs": 6, "x": value_by_epoch({0: 0.1, 2: 0.2, 5: 0.3})}


def report(epoch, checkpoint="aa"):
    return EpochReport(epoch, {"m": 0.5}, 1.0, checkpoint)


def test_a_plain_configuration_is_one_stretch():
    stretches = Stretches({"x": 0.1}, None, {})
    assert stretches.config == {"x": 0.1}
    assert not stretches.ends_at(report(0), False)
    assert not stretches.go_on()


@pytest.mark.parametrize("first", [0, 1])
def test_a_stretch_ends_where_a_value_changes(first):
    stretches = Stretches(CONFIG, None, {})
    values, ends = [], []
    for done in range(1, 7):
        values.append(stretches.config["x"])
        if stretches.ends_at(report(done - 1 + first, f"{done}"), False):
            assert stretches.go_on()
            ends.append(done)
    assert ends == [2, 5]
    assert values == [0.1, 0.1, 0.2, 0.2, 0.2, 0.3]
    assert stretches.checkpoints[1 + first] == "2"


def test_a_resumed_trial_is_in_the_stretch_that_it_has_reached():
    assert Stretches(CONFIG, 1, {1: "aa"}, 0).config["x"] == 0.2
    assert Stretches(CONFIG, 2, {2: "aa"}, 1).config["x"] == 0.2
    assert Stretches(CONFIG, -1, {}).config["x"] == 0.1


def test_a_trial_that_the_study_stops_at_a_change_does_not_go_on():
    stretches = Stretches(CONFIG, 0, {}, 0)
    assert stretches.ends_at(report(1), told_to_stop=True)
    assert not stretches.go_on()


def test_without_a_checkpoint_a_change_is_refused():
    stretches = Stretches(CONFIG, 0, {}, 0)
    with pytest.raises(
        TrialError, match="x change after epoch 2, but the trainer saves no checkpoint"
    ):
        stretches.ends_at(report(1, checkpoint=None), False)
