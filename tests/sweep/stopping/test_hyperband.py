"""`hyperband`: W&B's rule against its engine, written down again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.model.trial import Trial
from sweep.stopping import Hyperband
from tests.sweep.stopping.races import METRIC, goals, races, trial


def test_brackets_are_those_of_the_wandb_documentation():
    assert Hyperband(min_iter=3).brackets(81) == [3, 9, 27, 81]
    assert Hyperband(max_iter=27, s=2).brackets(27) == [3, 9]
    assert Hyperband(max_iter=10, s=9, eta=2).brackets(10) == [1, 2, 5]


# The example of W&B's engine (`sweeps.hyperband_stopping`): five runs of a metric that is
# minimised.
WANDB_EXAMPLE = {
    "a": [10, 9],
    "b": [10, 10],
    "c": [10, 8, 8],
    "d": [10, 7, 7],
    "e": [10, 6, 6],
}


def test_hyperband_compares_at_the_last_bracket_reached():
    rule = Hyperband(max_iter=5, s=2, eta=2)
    runs = {
        name: trial(n, curve) for n, (name, curve) in enumerate(WANDB_EXAMPLE.items())
    }
    decided = {
        name: rule.stop_reason(
            own,
            [rival for rival in runs.values() if rival is not own],
            METRIC,
            "minimize",
        )
        for name, own in runs.items()
    }
    # At bracket 2 the values are 6, 7, 8, 9, 10; position 5/2 is the 8 of c, which is as good as
    # itself.
    assert {name for name, why in decided.items() if why} == {"a", "b"}
    assert (
        decided["b"] == "bracket 2: best m 10 is behind 8, of 5 trials that reached it"
    )


def test_a_strict_hyperband_forgets_what_was_better_before_and_after_the_bracket():
    rivals = [trial(n, [0.5, 0.5, 0.5]) for n in range(1, 4)]
    own = trial(0, [0.9, 0.1, 0.9])
    lenient = Hyperband(min_iter=2, eta=2)
    assert lenient.stop_reason(own, rivals, METRIC, "maximize") is None
    assert (
        lenient.model_copy(update={"strict": True}).stop_reason(
            own, rivals, METRIC, "maximize"
        )
        is not None
    )


@given(races(), goals, st.integers(1, 3), st.integers(2, 4), st.booleans())
@settings(max_examples=60)
def test_hyperband_decides_as_its_definition(race, goal, min_iter, eta, strict):
    drawn, order = race
    rule = Hyperband(min_iter=min_iter, eta=eta, strict=strict)
    sign = -1 if goal == "maximize" else 1

    def stops(own, rivals):
        """`hyperband_stop_runs`, written down again: everything is minimised."""
        curves_ = [[sign * v for v in curve] for curve in (own, *rivals)]
        bands = [min_iter * eta**k for k in range(9) if min_iter * eta**k <= len(own)]
        if not bands:
            return False
        at = sorted(c[bands[-1] - 1] for c in curves_ if len(c) >= bands[-1])
        value = curves_[0][bands[-1] - 1] if strict else min(curves_[0])
        return value > at[int(1.0 / eta * len(at))]

    seen = {number: [] for number in range(len(drawn))}
    for number in order:
        seen[number].append(drawn[number][len(seen[number])])
        rivals = [curve for n, curve in seen.items() if n != number]
        own = trial(number, seen[number])
        why = rule.stop_reason(
            own, [trial(n, c) for n, c in enumerate(rivals)], METRIC, goal
        )
        assert (why is not None) == stops(seen[number], rivals)


@pytest.mark.parametrize("reports, may", [(8, True), (9, False), (10, True)])
def test_it_counts_reports_of_which_there_may_be_several_an_epoch(reports, may):
    own = Trial(
        0, "search", "s", {"epochs": 9}, 0, reports=trial(0, [0.5] * reports).reports
    )
    assert Hyperband().may_stop(own) is may


def test_brackets_counted_back_from_nothing_are_a_fault():
    (fault,) = Hyperband(s=2).faults({}, 1, ("early_terminate",))
    assert fault == (
        ("early_terminate", "s"),
        "counts brackets back from max_iter, which is not given",
        "max_iter, or min_iter alone",
    )
    assert list(Hyperband(s=2, max_iter=27).faults({}, 1, ("early_terminate",))) == []


def test_at_the_least_one_trial_is_trained_whole_and_the_others_to_the_first_bracket():
    least = Hyperband(min_iter=3).least()
    assert (least.whole, least.epochs) == (1, 3)
