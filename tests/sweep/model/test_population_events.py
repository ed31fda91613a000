"""What is decided on a population is one event: all of it is in the log, or nothing."""

from dataclasses import FrozenInstanceError

import pytest

from sweep.model.events import EVENTS
from sweep.model.population_events import MemberCopied, PopulationDecided


def test_a_decision_is_one_event_and_a_copy_a_part_of_it():
    assert EVENTS["population_decided"] is PopulationDecided
    assert MemberCopied not in EVENTS.values()


def test_what_was_decided_cannot_be_changed():
    decided = PopulationDecided(
        2, (0, 1), (MemberCopied(1, 0, 1, "aa", {"x": 0.1}),), "f1"
    )
    with pytest.raises(FrozenInstanceError):
        decided.after = 4
