"""`wilcoxon`: against Optuna's pruner, and how many runs it takes."""

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.model.trial import State
from sweep.stopping import Wilcoxon
from tests.sweep.stopping.beside_optuna import (
    METRIC,
    curve,
    goals,
    mean,
    quiet,
    stopped_by_optuna,
    stopped_here,
    trial,
)

pytestmark = quiet


runs = st.lists(
    st.floats(-2, 2).map(lambda v: round(v, 1)), min_size=7, max_size=7
).map(lambda r: dict(enumerate(r)))


@given(
    runs,
    st.integers(1, 7),
    st.lists(runs, min_size=1, max_size=3),
    goals,
    st.sampled_from([0.02, 0.1, 0.4]),
)
@settings(max_examples=100)
def test_wilcoxon_decides_as_optunas(all_own, length, others, goal, p_threshold):
    own = dict(list(all_own.items())[:length])
    rule = Wilcoxon(p_threshold=p_threshold, n_startup_steps=2)
    theirs = optuna.pruners.WilcoxonPruner(p_threshold=p_threshold, n_startup_steps=2)
    complete = [(other, State.COMPLETE) for other in others]
    if not any(own[step] - best(others, goal)[step] for step in own):
        assert not stopped_here(rule, goal, own, complete)
    else:
        assert stopped_here(rule, goal, own, complete) == stopped_by_optuna(
            theirs, goal, own, complete
        )


def best(others, goal):
    return (max if goal == "maximize" else min)(others, key=mean)


def test_it_names_the_means_on_the_shared_runs_and_the_p_value():
    own, other = (
        trial(n, curve(*[x + n for x in (0.1, 0.2, 0.3, 0.4)]), State.COMPLETE)
        for n in (0, 1)
    )
    said = Wilcoxon().stop_reason(own, [other], METRIC, "maximize")
    assert (
        said
        == "4 runs: mean m 0.25 is behind 1.25 of the best configuration on the same"
        " runs (Wilcoxon p = 0.062)"
    )


def test_wilcoxon_needs_four_runs_to_be_nine_tenths_sure():
    """The smallest p-value of n runs is 1/2^n, which `sweep check` counts on."""
    better = trial(1, curve(*[1.0 + n / 10 for n in range(6)]), State.COMPLETE)
    asked = [Wilcoxon().stop_reason(trial(0, curve(*[0.0] * n)), [better], METRIC, "maximize")
             for n in range(1, 6)]  # fmt: skip
    assert [why is not None for why in asked] == [False, False, False, True, True]


def test_wilcoxon_asks_complete_configurations_only():
    rule = Wilcoxon()
    own = trial(0, curve(0.1, 0.2, 0.3, 0.4))
    for state, stops in (
        (State.COMPLETE, True),
        (State.RUNNING, False),
        (State.PRUNED, False),
    ):
        other = trial(1, curve(1.1, 1.2, 1.3, 1.4), state)
        assert (rule.stop_reason(own, [other], METRIC, "maximize") is not None) == stops


@pytest.mark.parametrize(
    "p_threshold, needed", [(0.3, 2), (0.2, 3), (0.1, 4), (0.05, 5)]
)
def test_as_many_runs_as_a_small_p_takes_leave_nothing_to_save(p_threshold, needed):
    rule = Wilcoxon(p_threshold=p_threshold)
    assert rule.runs_needed == needed
    (fault,) = rule.faults({}, needed, ("early_terminate",))
    assert fault.key == ("early_terminate", "type")
    assert (
        f"needs {needed} runs of a configuration, which has {needed}" in fault.problem
    )
    assert list(rule.faults({}, needed + 1, ("early_terminate",))) == []


def test_it_is_asked_between_runs_and_after_no_epoch():
    assert Wilcoxon.between_runs
    assert not Wilcoxon.wrappable
    assert Wilcoxon().judged(9) == []
