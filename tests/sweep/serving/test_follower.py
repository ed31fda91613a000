"""The follower reads a study when its log has grown, and not otherwise."""

import pytest

from sweep.serving.follower import Follower


@pytest.fixture
def follower(finished):
    return Follower(finished)


def test_a_log_that_has_not_grown_is_not_read(follower):
    assert not follower.look()
    assert follower.latest.version == 1


def test_a_record_that_was_added_makes_a_new_snapshot(follower):
    follower.study.note("looks fine")
    assert follower.look()
    assert follower.latest.version == 2


def test_its_state_says_what_the_study_does(follower):
    state = follower.latest.state
    assert (state["now"], state["live"], state["running"]) == ("done", False, [])
    (stage,) = [each for each in state["stages"] if each["name"] == "search"]
    assert stage["planned"] == stage["complete"] + stage["pruned"] + stage["failed"]
