"""What the page is told of a study at work."""

import orjson

from sweep.live.running import running_trials
from sweep.model.trial import State
from sweep.serving import state
from tests.sweep.live.fakes import history, trial


def test_values_that_are_not_there_are_null():
    listed = state.curves_of(history(trial(0, values=[None, 0.5]), trial(1)))
    assert [curve["points"] for curve in listed] == [[[2, 0.5]]]
    assert orjson.dumps(listed)


def test_a_running_trial_has_its_last_value_and_its_curve():
    (row,) = running_trials(history(trial(3, values=[0.25, 0.75])))
    shown = state.running_row(row)
    assert (shown["number"], shown["last"], shown["curve"]) == (3, 0.75, "▁█")


def test_a_curve_names_its_trial_and_how_it_ended():
    (curve,) = state.curves_of(
        history(trial(4, label="+ focal", values=[0.5], state=State.PRUNED))
    )
    assert (curve["trial"], curve["label"], curve["state"]) == (4, "+ focal", "pruned")
