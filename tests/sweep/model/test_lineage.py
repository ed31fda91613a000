"""The way of a member's weights: where they began, and what they were trained with since."""

from dataclasses import replace

from sweep.model.lineage import current_config, has_copied, lineage, with_copy
from sweep.model.trial import Trial

A = Trial(0, "search", "search 0", {"epochs": 6, "x": 0.1, "depth": 1}, 0)
B = Trial(1, "search", "search 1", {"epochs": 6, "x": 0.9, "depth": 3}, 0)
C = Trial(2, "search", "search 2", {"epochs": 6, "x": 0.5, "depth": 2}, 0)


def copied(target, source, after, **values):
    attributes = with_copy(target, source, after, after - 1, values)
    return replace(target, attributes=attributes)


def test_a_trial_that_copied_nothing_is_its_own_lineage():
    assert not has_copied(A)
    assert lineage(A).root == 0
    assert current_config(A) == A.config
    assert lineage(A).scheduled(["x"]) == A.config


def test_a_copy_takes_over_everything_and_changes_what_is_explored():
    b = copied(B, A, 2, x=0.12)
    assert has_copied(b)
    assert current_config(b) == {"epochs": 6, "x": 0.12, "depth": 1}
    assert b.config == B.config, "what it began with stays"
    assert b.attributes["copied"] == {"trial": 0, "epoch": 1}


def test_a_copy_of_a_copy_begins_where_the_first_weights_did():
    b = copied(B, A, 2, x=0.12)
    c = copied(C, b, 4, x=0.2)
    way = lineage(c)
    assert way.root == 0
    assert [(step.source, step.trial) for step in way.steps] == [(0, 1), (1, 2)]
    assert way.schedule(["x"]) == {"x": {0: 0.1, 2: 0.12, 4: 0.2}}
    assert way.scheduled(["x"]) == {
        "epochs": 6,
        "x": {"by_epoch": {"0": 0.1, "2": 0.12, "4": 0.2}},
        "depth": 1,
    }


def test_what_a_member_did_before_its_weights_were_given_up_is_not_in_its_lineage():
    b = copied(B, A, 2, x=0.12)
    b_again = copied(b, C, 4, x=0.6)
    assert lineage(b_again).root == 2
    assert lineage(b_again).schedule(["x"]) == {"x": {0: 0.5, 4: 0.6}}
