"""Predicted final values of stopped trials, as a sampler is told."""

import math

import pytest

from sweep.model.domains import Uniform
from sweep.model.parameters import Parameter
from sweep.model.trial import State
from sweep.samplers import Observation, SearchSpace, extrapolation
from sweep.samplers.curves import curves

SPACE = {"x": Parameter("x", Uniform(0.0, 1.0), "scientific")}


def study(goal="maximize"):
    return SearchSpace(SPACE, "m", goal)


def ends(spec, past):
    """Place in the past → final value, of those that have one."""
    told = extrapolation.final_values(curves(spec, past)).tolist()
    return {place: end for place, end in enumerate(told) if not math.isnan(end)}


def complete(*curve, goal=max):
    return Observation({"x": 0.5}, State.COMPLETE, goal(curve), dict(enumerate(curve)))


def stopped(*curve):
    return Observation({"x": 0.5}, State.PRUNED, None, dict(enumerate(curve)))


KEPT = [
    complete(lead, lead + 1.0) for lead in (0.1, 0.2, 0.3, 0.4)
]  # what leads early leads in the end
UNLIKE = [
    complete(lead, 1.0) for lead in (0.1, 0.2, 0.3, 0.4)
]  # who leads early means nothing


def test_complete_trials_keep_their_value_and_running_or_failed_ones_have_none():
    others = [
        Observation({"x": 0.1}, state, None, {0: 0.5})
        for state in (State.RUNNING, State.FAILED)
    ]
    past = [complete(0.1, 0.7), stopped(), *others]
    assert ends(study(), past) == {0: 0.7}


def test_with_stable_ranks_a_stopped_trial_keeps_its_lead():
    told = ends(study(), [*KEPT, stopped(0.15), stopped(0.35)])
    assert [told[4], told[5]] == pytest.approx([1.15, 1.35])


def test_with_random_ranks_predictions_are_nearly_equal():
    told = ends(study(), [*UNLIKE, stopped(0.15), stopped(0.35)])
    assert 0 < told[5] - told[4] < 0.5 * (0.35 - 0.15), (
        "a few pairs leave some belief that a lead is kept"
    )


def test_a_trial_far_behind_is_predicted_worse_than_those_that_continued():
    told = ends(study(), [*UNLIKE, stopped(-5.0)])
    assert told[4] < 1.0 - 5.0


def test_trials_with_more_epochs_inform_predictions_of_earlier_ones():
    alone = ends(study(), [stopped(0.2), stopped(0.3)])
    assert alone == {0: 0.2, 1: 0.3}, "nothing went further"
    further = ends(study(), [complete(0.3, 0.5, 0.9), stopped(0.2, 0.4), stopped(0.1)])
    assert further[1] == pytest.approx(0.8)
    assert 0.6 < further[2] < further[1]


def test_predictions_of_a_minimised_metric_are_negated():
    down = [complete(-lead, -lead - 1.0, goal=min) for lead in (0.1, 0.2, 0.3, 0.4)]
    told = ends(study("minimize"), [*down, stopped(-0.15)])
    assert told[0] == pytest.approx(1.1)
    assert told[4] == pytest.approx(1.15)


def test_an_observation_without_a_curve_is_accepted():
    prior = Observation({"x": 0.5}, State.COMPLETE, 0.9, prior=True)
    assert ends(study(), [prior, stopped(0.2)]) == {0: 0.9, 1: 0.2}
