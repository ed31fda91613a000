"""The observations of a search: kept up to date, and always what reading every trial
anew would give."""

import pytest

from sweep.model.cohort import Cohort
from sweep.model.trial import State, Trial
from sweep.samplers import Observation
from sweep.search.observations import Observe, Suggestion, observations


def trial(number, suggestion, state=State.RUNNING, **attributes):
    config = {"rate": suggestion}
    attributes = {"suggestion": suggestion, "memory": {}, **attributes}
    return Trial(
        number, "search", "", config, number, state=state, attributes=attributes
    )


@pytest.fixture
def asked():
    """The suggestions that were observed, in order."""
    return []


@pytest.fixture
def observe(asked):
    def look(suggestion):
        asked.append(suggestion.number)
        return Observation(suggestion.trials[0].config, suggestion.state)

    return Observe("as always", look)


def test_trials_of_one_suggestion_are_observed_together(observe):
    trials = [trial(0, 0, State.COMPLETE), trial(1, 1), trial(2, 0)]
    found = observations(trials, observe)
    assert [len(each.trials) for each in found.suggestions] == [2, 1]
    assert [each.state for each in found.observations] == [State.RUNNING, State.RUNNING]
    assert list(found.open) == [0, 1]
    assert len(found.tried) == 2


def test_of_a_cohort_only_what_is_open_or_new_is_observed_again(observe, asked):
    cohort = Cohort.of([trial(0, 0, State.COMPLETE), trial(1, 1)])
    found = observations(cohort, observe)
    assert asked == [0, 1]
    cohort.trials[2] = trial(2, 2)
    cohort.numbers.append(2)
    cohort.trials[1] = trial(1, 1, State.FAILED)
    cohort.ended.append(1)
    assert observations(cohort, observe) is found
    assert asked == [0, 1, 1, 2]
    states = [each.state for each in found.observations]
    assert states == [State.COMPLETE, State.FAILED, State.RUNNING]
    assert list(found.open) == [2]


def test_where_what_is_told_depends_on_something_else_everything_is_observed_anew(
    observe, asked
):
    cohort = Cohort.of([trial(0, 0, State.COMPLETE)])
    observations(cohort, observe)
    observations(cohort, Observe("otherwise", observe.observe))
    assert asked == [0, 0]


def test_what_could_not_be_observed_is_observed_the_next_time(observe, asked):
    cohort = Cohort.of([trial(number, number, State.COMPLETE) for number in range(3)])
    fails = [1]

    def look(suggestion):
        if suggestion.number in fails:
            fails.clear()
            raise ValueError("once")
        return observe.observe(suggestion)

    with pytest.raises(ValueError, match="once"):
        observations(cohort, Observe("fails", look))
    found = observations(cohort, Observe("fails", look))
    assert [each.number for each in found.suggestions] == [0, 1, 2]
    assert asked == [0, 1, 2]


@pytest.mark.parametrize(
    "states, given_up, state",
    [
        ([State.COMPLETE, State.COMPLETE], False, State.COMPLETE),
        ([State.COMPLETE, State.RUNNING], False, State.RUNNING),
        ([State.PRUNED, State.RUNNING], False, State.PRUNED),
        ([State.FAILED, State.PRUNED], False, State.FAILED),
        ([State.COMPLETE, State.RUNNING], True, State.PRUNED),
    ],
)
def test_a_suggestion_is_as_its_worst_trial_says(states, given_up, state):
    attributes = {"given_up": "behind"} if given_up else {}
    trials = [
        trial(number, 0, each, **attributes) for number, each in enumerate(states)
    ]
    assert Suggestion(0, tuple(trials)).state is state
