"""The configurations of a search: their runs together, and what became of each."""

import math

import pytest

from sweep.model.trial import State
from sweep.report.searched import read, searched
from tests.sweep.report.search_study import SEARCH

FOCAL = {"epochs": 9, "loss_type": "focal", "focal_gamma": 1.0}


@pytest.fixture
def tried(study):
    """`tried((state, value), …)`: one configuration whose runs ended so; what is read of it."""

    def run(*runs, **fields):
        writer = study(SEARCH)
        for seed, (state, value) in enumerate(runs):
            curve = [{"val/f1": value}]
            writer.trial(FOCAL, curve, seed=seed, stage="search", state=state, **fields)
        (found,) = searched(writer.history())
        return found

    return run


def test_the_value_is_the_mean_over_the_seeds(tried):
    found = tried(("complete", 0.4), ("complete", 0.6))
    assert (found.state, found.value, found.number) == (State.COMPLETE, 0.5, 0)
    assert found.config == FOCAL
    assert [trial.seed for trial in found.trials] == [0, 1]


@pytest.mark.parametrize(
    ("runs", "state"),
    [
        ([("complete", 0.4)], State.RUNNING),  # its second seed is still to come
        ([("complete", 0.4), ("running", 0.6)], State.RUNNING),
        ([("paused", 0.4)], State.PAUSED),
        ([("complete", 0.4), ("pruned", 0.6)], State.PRUNED),
        ([("pruned", 0.4), ("failed", 0.6)], State.FAILED),
    ],
)
def test_a_configuration_is_complete_only_if_all_of_its_runs_are(tried, runs, state):
    found = tried(*runs)
    assert (found.state, found.value) == (state, None)


def test_a_configuration_that_was_given_up_counts_as_pruned(tried):
    found = tried(("complete", 0.4), attributes={"given_up": "worse than the best"})
    assert (found.state, found.value) == (State.PRUNED, None)


def test_complete_runs_without_a_value_are_not_a_result(tried):
    assert tried(("complete", None), ("complete", 0.6)).state is State.FAILED


def test_a_metric_that_a_trial_never_reported_reads_as_nan(study):
    writer = study(SEARCH)
    writer.trial(FOCAL, [{"val/f1": 0.5}], stage="search")
    writer.trial(FOCAL, [], seed=1, stage="search", state="failed")
    history = writer.history()
    assert read(history, history.trials[0], "val/f1") == 0.5
    assert math.isnan(read(history, history.trials[0], "test/f1"))
    assert math.isnan(read(history, history.trials[1], "val/f1"))
