"""The Pareto front, against Optuna's."""

import optuna
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.statistics.pareto import front

optuna.logging.set_verbosity(optuna.logging.ERROR)
goals = st.sampled_from(["maximize", "minimize"])


@st.composite
def fronts(draw):
    directions = draw(st.lists(goals, min_size=2, max_size=4))
    point = st.lists(
        st.integers(0, 4).map(float), min_size=len(directions), max_size=len(directions)
    )
    return draw(st.lists(point, max_size=12)), directions


@given(fronts())
@settings(max_examples=100)
def test_the_front_is_optunas(drawn):
    points, directions = drawn
    study = optuna.create_study(directions=directions)
    for point in points:
        study.add_trial(optuna.trial.create_trial(values=point))
    best = {trial.number for trial in study.best_trials}
    assert front(points, directions) == [
        number in best for number in range(len(points))
    ]


def test_equal_points_do_not_outdo_each_other_and_nothing_has_no_front():
    assert front([[1.0, 2.0], [1.0, 2.0], [0.0, 3.0]], ["maximize", "minimize"]) == [
        True,
        True,
        False,
    ]
    assert front([], ["maximize", "minimize"]) == []
