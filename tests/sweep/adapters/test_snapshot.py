"""A framework's checkpoint travels in the trial's: what it saves now, and what was restored."""

import numpy as np
import torch

from sweep.adapters.snapshot import Snapshot, numbers


def test_the_framework_is_asked_for_its_state_at_each_checkpoint():
    steps = iter([{"step": 1}, {"step": 2}])
    snapshot = Snapshot(lambda: next(steps))
    assert [snapshot.state_dict(), snapshot.state_dict()] == [{"step": 1}, {"step": 2}]


def test_what_an_earlier_attempt_saved_is_kept_for_the_framework_to_take():
    snapshot = Snapshot(dict)
    assert snapshot.restored is None
    snapshot.load_state_dict({"step": 5})
    assert snapshot.restored == {"step": 5}


def test_only_single_numbers_are_metrics_and_they_are_plain_floats():
    found = numbers(
        {
            "loss": torch.tensor(0.5),
            "one element": torch.tensor([0.25]),
            "numpy": np.float32(2.0),
            "epoch": 3,
            "confusion": torch.zeros(2, 2),
            "name": "resnet",
            "done": True,
            7: 1.5,
        }
    )
    assert found == {
        "loss": 0.5,
        "one element": 0.25,
        "numpy": 2.0,
        "epoch": 3.0,
        "7": 1.5,
    }
    assert {type(value) for value in found.values()} == {float}
