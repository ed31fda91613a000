"""Answers that are brought up to date: the same as those worked out anew, at a cost
that does not grow."""

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
def test_ranks_percentiles_and_median_are_those_of_all_numbers(sorted_numbers, more):
    found, everything = (
        Ranking(sorted_numbers).plus(*more),
        sorted([*sorted_numbers, *more]),
    )
    assert [found[rank] for rank in range(len(found))] == everything
    assert [found.best(rank, "minimize") for rank in range(len(found))] == everything
    assert [found.best(rank, "maximize") for rank in range(len(found))] == everything[
        ::-1
    ]
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
                ending,
                data.draw(st.sampled_from([s for s in State if s.finished])),
                trials[ending].overhead,
            )
            del cohort.open[ending]
            cohort.ended.append(ending)
        if asks:
            without = next(iter(cohort.open))
            others = [one for one in cohort if one.number != without]
            rivals = Rivals(cohort, without)
            assert list(rivals) == others
            assert len(rivals) == len(others)
            found, plain = (
                ranking(rivals, "label", read),
                ranking(others, "label", read),
            )
            assert [found[rank] for rank in range(len(found))] == [
                plain[rank] for rank in range(len(plain))
            ]
            assert complete(rivals) == sum(
                one.state is State.COMPLETE for one in others
            )


class Numbers:
    """A view: the numbers of the trials that have ended; `fails` says at which it raises once."""

    def __init__(self, name="", fails=()):
        self.numbers = []
        self.fails = set(fails)
        self.name = name

    def update(self, cohort):
        for one in cohort.ended_after(len(self.numbers)):
            if one.number in self.fails:
                self.fails.remove(one.number)
                raise ValueError("once")
            self.numbers.append(one.number)


def end(cohort, number):
    cohort.trials[number] = trial(number, State.FAILED)
    cohort.numbers.append(number)
    cohort.ended.append(number)


def test_a_view_is_made_once_and_reads_each_ended_trial_once():
    cohort = Cohort.of([trial(number, State.COMPLETE) for number in range(5)])
    view = cohort.derived(Numbers)
    assert view.numbers == [0, 1, 2, 3, 4]
    end(cohort, 5)
    assert cohort.derived(Numbers) is view
    assert view.numbers == [0, 1, 2, 3, 4, 5], (
        "the new one was added, and no other read again"
    )


def test_views_with_other_arguments_are_other_views():
    cohort = Cohort.of([trial(0, State.COMPLETE)])
    views = [cohort.derived(Numbers, name) for name in ("a", "b", "a")]
    assert views[0] is views[2] is not views[1]
    assert [view.name for view in views] == ["a", "b", "a"]


def test_a_view_belongs_to_one_cohort():
    cohorts = [Cohort.of([trial(number, State.COMPLETE)]) for number in (3, 4)]
    assert [cohort.derived(Numbers).numbers for cohort in cohorts] == [[3], [4]]


def test_a_view_that_fails_can_be_asked_again():
    cohort = Cohort.of([trial(number, State.COMPLETE) for number in range(3)])
    with pytest.raises(ValueError, match="once"):
        cohort.derived(Numbers, "", (1,))
    assert cohort.derived(Numbers, "", (1,)).numbers == [0, 1, 2]


def test_a_ranking_reads_a_trial_that_has_ended_once_under_each_name():
    cohort, asked = (
        Cohort.of([trial(number, State.COMPLETE) for number in range(4)]),
        [],
    )

    def noted(one):
        asked.append(one.number)
        return float(one.number)

    for name in ("a", "a", "b"):
        assert len(ranking(Rivals(cohort, 9), name, noted)) == 4
    assert asked == [0, 1, 2, 3] * 2
