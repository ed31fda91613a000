"""What a sampler is told of a configuration: its mean, and of a paused one a curve alone."""

import pytest

from sweep.model.trial import State
from sweep.search import observing, search_stage

FILE = """
name: observed
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 3
  rate: {min: 0.0, max: 1.0}
search: {method: random, trials: 6, seeds: [3, 4], folds: 3}
"""
PROMOTE = "early_terminate: {type: asha, eta: 2, form: promote}\n"


def test_the_objective_of_a_configuration_is_the_mean_over_all_its_runs(bench):
    history = bench(FILE).run()
    for suggestion in search_stage.suggestions(history):
        best = [max(t.curve("val/f1").values()) for t in suggestion.trials]
        assert observing.observe(history.spec, suggestion).value == pytest.approx(
            sum(best) / 6
        )


def test_a_paused_configuration_is_told_as_stopped_with_its_curve_and_no_value(bench):
    history = bench(FILE + PROMOTE).run()
    suggestions = search_stage.suggestions(history)
    paused = [one for one in suggestions if one.state is State.PAUSED]
    waiting = [observing.observe(history.spec, one) for one in paused]
    assert waiting
    assert {(seen.state, seen.value) for seen in waiting} == {(State.PRUNED, None)}
    assert all(seen.curve for seen in waiting)
