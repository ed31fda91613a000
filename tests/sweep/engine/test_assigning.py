"""Whichever worker starts, it takes up the attempt that was decided first."""

import copy

import pytest
from ray.experimental import internal_kv

from sweep.engine.assigning import hear, holder, take_earliest, tell


def numbers(trials):
    return [holder(trial).assignment.trial for trial in trials]


def test_a_trial_that_starts_takes_the_earliest_assignment_and_gives_its_own(ray_trial):
    trials = [ray_trial(number) for number in range(3)]
    take_earliest(trials[2], trials)
    assert numbers(trials) == [2, 1, 0]
    assert [holder(trial).order for trial in trials] == [2, 1, 0]


def test_only_trials_that_are_given_the_same_share_exchange_theirs(ray_trial):
    large, small = ray_trial(0, share="a GPU"), ray_trial(1)
    take_earliest(small, [large, small])
    assert numbers([large, small]) == [0, 1]


def test_a_copy_of_a_configuration_holds_the_same_assignment(ray_trial):
    trial = ray_trial(0)
    assert copy.deepcopy(trial.config)["assignment"] is holder(trial)
    assert str(holder(trial)) == "0", "what Ray puts into an experiment tag"


@pytest.fixture
def store(monkeypatch):
    """The cluster's key-value store as a dict."""
    kept = {}

    def put(key, value, namespace):
        kept[namespace, key] = value

    monkeypatch.setattr(internal_kv, "_internal_kv_put", put)
    monkeypatch.setattr(
        internal_kv, "_internal_kv_get", lambda key, namespace: kept[namespace, key]
    )
    monkeypatch.setattr(
        internal_kv,
        "_internal_kv_del",
        lambda key, namespace: kept.pop((namespace, key)),
    )
    return kept


def test_a_new_actor_hears_what_was_left_for_it_and_leaves_nothing_behind(
    ray_trial, store
):
    trial = ray_trial(4)
    tell(trial)
    assert hear(trial.trial_id) == holder(trial).assignment
    assert store == {}
