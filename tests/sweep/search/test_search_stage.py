"""The study's own search: how its results rank, and its best so far."""

import pytest

from sweep.live.ended import best
from sweep.model.trial import State
from sweep.model.trial_events import TrialFinished
from sweep.search import search_stage, trial_value

FILE = """
name: searched
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 3
  rate: {min: 0.0, max: 1.0}
search: {method: random, trials: 4, seeds: [3, 4]}
"""


def mean_best(curve, trial, seeds, epochs):
    return sum(
        max(curve(trial.config, seed, epoch) for epoch in epochs) for seed in seeds
    ) / len(seeds)


def test_the_ranking_goes_by_the_mean_over_seeds_of_the_best_epoch(bench, curve):
    history = bench(FILE).run()
    values = [
        mean_best(curve, trial, (3, 4), range(3))
        for trial in search_stage.ranking(history)
    ]
    assert len(values) == 4
    assert values == sorted(values, reverse=True)


def test_a_ranking_to_minimise_begins_with_the_least(bench, curve):
    history = bench(FILE.replace("maximize", "minimize")).run()
    values = [
        mean_best(curve, trial, (3, 4), range(1))
        for trial in search_stage.ranking(history)
    ]  # curves only rise
    assert len(values) == 4
    assert values == sorted(values)


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_the_best_so_far_is_the_first_of_the_best_complete_trials_at_any_moment(
    bench, goal
):
    seen = []

    def listen(history, event):
        if isinstance(event, TrialFinished):
            complete = [t for t in history.trials.values() if t.state is State.COMPLETE]
            pick = max if goal == "maximize" else min
            wanted = pick(
                complete,
                key=lambda t: trial_value.value(history.spec, t),
                default=None,
            )
            seen.append((best(history), wanted))

    bench(
        FILE.replace("maximize", goal) + "early_terminate: {type: asha, eta: 2}\n"
    ).run(listen=listen)
    assert len(seen) >= 4
    assert all(found is wanted for found, wanted in seen)
