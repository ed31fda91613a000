"""A rule and Optuna's own pruner, asked about the same trials."""

import math

import optuna
import pytest
from hypothesis import strategies as st
from optuna.trial import TrialState

from sweep.model.trial import Report, State, Trial

METRIC = "m"
optuna.logging.set_verbosity(optuna.logging.ERROR)
# PatientPruner and WilcoxonPruner are experimental; PatientPruner warns of a trial without a value.
quiet = pytest.mark.filterwarnings(
    "ignore::optuna.exceptions.ExperimentalWarning",
    "ignore:All-NaN slice encountered:RuntimeWarning",
)

goals = st.sampled_from(["maximize", "minimize"])
values = (
    st.floats(-5, 5, allow_nan=False).map(lambda v: round(v, 1)) | st.none()
)  # None: reported, and not finite
# A trainer whose first report is not of epoch 0 may count from 1, which Optuna does not know of.
curves = (
    st.dictionaries(st.integers(0, 11), values, min_size=1, max_size=9)
    .map(lambda c: dict(sorted(c.items())))
    .filter(lambda c: min(c) == 0)
)
rivals = st.lists(
    st.tuples(curves, st.sampled_from([s for s in State if s is not State.PAUSED])),
    max_size=8,
)


def trial(number, curve, state=State.RUNNING):
    reports = [Report(epoch, {METRIC: value}, 1.0) for epoch, value in curve.items()]
    return Trial(number, "search", "s", {}, 0, state=state, reports=reports)


def in_optuna(curve, state):
    """The same trial; what is not finite is NaN there. A trial ends with the best of
    its values, or fails."""
    states = {
        State.COMPLETE: TrialState.COMPLETE,
        State.PRUNED: TrialState.PRUNED,
        State.FAILED: TrialState.FAIL,
        State.RUNNING: TrialState.RUNNING,
    }
    return optuna.trial.create_trial(
        state=states[state],
        value=mean(curve) if state is State.COMPLETE else None,
        intermediate_values={
            epoch: math.nan if value is None else value
            for epoch, value in curve.items()
        },
    )


def mean(curve):
    finite = [value for value in curve.values() if value is not None]
    return sum(finite) / len(finite) if finite else 0.0


def stopped_by_optuna(rule, goal, own, others):
    """Whether Optuna prunes `own` beside `others`."""
    study = optuna.create_study(direction=goal, pruner=rule)
    for curve, state in others:
        study.add_trial(in_optuna(curve, state))
    study.add_trial(in_optuna(own, State.RUNNING))
    return rule.prune(study, study.get_trials()[-1])


def stopped_here(rule, goal, own, others):
    beside = [
        trial(number, curve, state) for number, (curve, state) in enumerate(others, 1)
    ]
    return rule.stop_reason(trial(0, own), beside, METRIC, goal) is not None


PERCENTILES = st.sampled_from([0.0, 10.0, 25.0, 50.0, 80.0, 100.0])


def curve(*points):
    return dict(enumerate(points))
