"""Learning curves are thinned to what can be looked at."""

from sweep.live.curves import MOST_CURVES, MOST_POINTS, learning_curves
from tests.sweep.live.fakes import history, trial


def test_epochs_count_from_one_whatever_the_trainer_counts_from():
    from_zero, from_one = learning_curves(
        history(trial(0, values=[0.1, 0.2]), trial(1, values=[0.1, 0.2], first=1))
    )
    assert from_zero.points == from_one.points == ((1, 0.1), (2, 0.2))


def test_a_long_curve_keeps_its_first_and_last_point():
    (curve,) = learning_curves(history(trial(values=[float(n) for n in range(1001)])))
    assert len(curve.points) <= MOST_POINTS + 1
    assert (curve.points[0][0], curve.points[-1][0]) == (1, 1001)


def test_of_many_trials_the_latest_are_shown():
    trials = (trial(number, values=[0.5]) for number in range(MOST_CURVES + 5))
    curves = learning_curves(history(*trials))
    assert [curves[0].trial, curves[-1].trial] == [5, MOST_CURVES + 4]


def test_a_trial_without_a_report_has_no_curve():
    assert learning_curves(history(trial())) == []
