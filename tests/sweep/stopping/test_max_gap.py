"""`max_gap`: overfitting, found once."""

from sweep.stopping.max_gap import MaxGap
from tests.sweep.stopping.unhealthy import found


def test_a_gap_between_training_and_validation_is_overfitting_said_once():
    rules = {"max_gap": {"train": "train/f", "val": "val/f", "above": 0.15}}
    (gap,) = found(rules, train_f=[0.5, 0.8, 0.9], val_f=[0.5, 0.6, 0.6])
    assert gap.epoch == 1
    assert "0.8 against val/f 0.6" in gap.problem
    assert found(rules, train_f=[0.5, 0.6], val_f=[0.5, 0.9]) == [], (
        "validation may look better"
    )


def test_the_gap_of_a_loss_has_the_other_sign():
    rules = {
        "max_gap": {
            "train": "train/loss",
            "val": "val/loss",
            "goal": "minimize",
            "above": 0.2,
        }
    }
    assert [
        f.epoch for f in found(rules, train_loss=[1.0, 0.5], val_loss=[1.0, 0.9])
    ] == [1]
    assert found(rules, train_loss=[1.0, 0.9], val_loss=[1.0, 0.5]) == []


def test_epochs_that_lack_one_of_the_metrics_are_passed_over():
    rules = {"max_gap": {"train": "train/f", "val": "val/f", "above": 0.1}}
    (gap,) = found(rules, train_f=[0.9, 0.9, 0.9], val_f=[None, None, 0.1])
    assert gap.epoch == 2


def test_it_names_the_metrics_that_it_compares():
    rule = MaxGap(train="train/f", val="val/f", above=0.1)
    assert rule.metrics() == {"train": "train/f", "val": "val/f"}
