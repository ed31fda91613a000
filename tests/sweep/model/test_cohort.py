"""Answers that are brought up to date: the same as those worked out anew, at a cost that does not grow."""

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.model.cohort import Cohort, Ranking, Rivals, complete, ranking
from sweep.model.trial import State, Trial

values = st.floats(-10, 10, allow_nan=False)


def trial(number, state=State.RUNNING, label=0.0):
    return Trial(number, "search", str(label), {}, 0, state=state, overhead=label)


def read(one):
    return one.overhead if one.overhead >= 0 else None


@given(st.lists(values, max_size=9).map(sorted), st.lists(values, max_size=4))
def test_ranks_percentiles_and_median_are_those_of_all_numbers(settled, more):
    found, everything = Ranking(settled).plus(*more), sorted([*settled, *more])
    assert [found[rank] for rank in range(len(found))] == everything
    assert [found.best(rank, "minimize") for rank in range(len(found))] == everything
    assert [found.best(rank, "maximize") for rank in range(len(found))] == everything[::-1]
    if everything:
        assert found.median() == statistics.median(everything)
        for share in (0.0, 12.5, 25.0, 33.3, 50.0, 75.0, 99.0, 100.0):
            assert found.percentile(share) == float(np.percentile(everything, share))


@given(st.lists(st.tuples(values, st.booleans()), min_size=1, max_size=12), st.data())
def test_a_ranking_over_a_growing_cohort_is_the_ranking_of_its_trials(steps, data):
    trials = {}
    cohort = Cohort(trials)
    for number, (label, asks) in enumerate(steps):
        trials[number] = trial(number, label=label)
        cohort.numbers.append(number)
        cohort.open[number] = None
        if len(cohort.open) > 1:
            ending = data.draw(st.sampled_from(list(cohort.open)))
            trials[ending] = trial(
                ending, data.draw(st.sampled_from(list(State)[1:])), trials[ending].overhead
            )
            del cohort.open[ending]
            cohort.ended.append(ending)
        if asks:
            without = next(iter(cohort.open))
            others = [one for one in cohort if one.number != without]
            rivals = Rivals(cohort, without)
            assert list(rivals) == others
            assert len(rivals) == len(others)
            found, plain = ranking(rivals, "label", read), ranking(others, "label", read)
            assert [found[rank] for rank in range(len(found))] == [
                plain[rank] for rank in range(len(plain))
            ]
            assert complete(rivals) == sum(one.state is State.COMPLETE for one in others)


def test_a_trial_that_has_ended_is_read_once():
    cohort, asked = Cohort.of([trial(number, State.COMPLETE) for number in range(5)]), []
    for _ in range(3):
        total = cohort.over_ended(
            "numbers", list, lambda seen, one: (seen.append(one.number), asked.append(one))
        )
    assert total == [0, 1, 2, 3, 4]
    assert len(asked) == 5
    cohort.trials[5] = trial(5, State.FAILED)
    cohort.numbers.append(5)
    cohort.ended.append(5)
    assert (
        cohort.over_ended(
            "numbers", list, lambda seen, one: (seen.append(one.number), asked.append(one))
        )[-1]
        == 5
    )
    assert len(asked) == 6


def test_a_question_that_fails_can_be_asked_again():
    cohort = Cohort.of([trial(number, State.COMPLETE) for number in range(3)])
    fails = [1]

    def take(seen, one):
        if one.number in fails:
            fails.clear()
            raise ValueError("once")
        seen.append(one.number)

    with pytest.raises(ValueError, match="once"):
        cohort.over_ended("numbers", list, take)
    assert cohort.over_ended("numbers", list, take) == [0, 1, 2]
