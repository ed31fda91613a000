"""A caveat is a value: equal ones are one, and without an arm it concerns the whole table."""

import dataclasses

import pytest

from sweep.report.caveat import Caveat


def test_equal_caveats_are_merged():
    caveats = {
        Caveat("focal", "seed 2 failed", (4,)),
        Caveat("focal", "seed 2 failed", (4,)),
    }
    assert len(caveats) == 1


def test_a_caveat_is_immutable_and_has_no_trials_by_default():
    caveat = Caveat(None, "the log was cut")
    assert caveat.trials == ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        caveat.text = "all is well"
