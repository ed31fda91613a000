"""A caveat is a value: equal ones are one, and without an arm it concerns the whole table."""

import dataclasses

import pytest

from sweep.report.caveat import Caveat


def test_caveats_that_say_the_same_are_one():
    caveats = {
        Caveat("focal", "seed 2 failed", (4,)),
        Caveat("focal", "seed 2 failed", (4,)),
    }
    assert len(caveats) == 1


def test_it_names_no_trials_unless_it_is_told_some_and_cannot_be_changed():
    caveat = Caveat(None, "the log was cut")
    assert caveat.trials == ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        caveat.text = "all is well"
