"""The search stage: what is suggested, in which order, and how its results rank."""

import pytest

from sweep.live.ended import best
from sweep.model.trial import State
from sweep.model.trial_events import TrialFinished
from sweep.search import search_stage, suggestion

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


def test_every_configuration_is_trained_with_every_seed_the_first_one_ahead(bench):
    history = bench(FILE).run()
    assert [t.seed for t in history.trials.values()] == [3, 4] * 4
    suggestions = search_stage.suggestions(history)
    assert [s.number for s in suggestions] == [0, 1, 2, 3]
    assert all(len({str(t.config) for t in s.trials}) == 1 for s in suggestions)
    assert search_stage.over(history)


def test_a_configuration_that_failed_with_its_first_seed_is_not_trained_with_the_others(
    bench, workers
):
    def misbehave(assignment, epoch):
        return ("failed", "OSError") if assignment.trial == 0 else None

    history = bench(FILE).run(workers(misbehave=misbehave))
    assert [t.seed for t in search_stage.suggestions(history)[0].trials] == [3]
    assert len(history.trials) == 7
    assert search_stage.over(history)


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


@pytest.mark.parametrize("select, epoch", [("best", 1), ("last", 2)])
@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_a_trial_counts_by_its_best_or_its_last_epoch(
    bench, workers, select, goal, epoch
):
    curve = {"maximize": (0.2, 0.9, 0.4), "minimize": (0.8, 0.1, 0.6)}[goal]

    def misbehave(assignment, now):
        return ("metrics", {"val/f1": curve[now]}) if now < 3 else None

    text = FILE.replace("maximize", goal) + f"report: {{select: {select}}}\n"
    history = bench(text).run(workers(misbehave=misbehave))
    assert {
        search_stage.value(history.spec, trial) for trial in history.trials.values()
    } == {curve[epoch]}


BY_LOSS = "report: {select_by: {name: val/loss, goal: minimize}}\n"


@pytest.mark.parametrize("carried", [True, False])
def test_a_trial_counts_by_the_epoch_that_another_metric_selects(
    bench, workers, carried
):
    losses, scores = (0.9, 0.2, 0.4), (0.8, 0.5, 0.6)

    def misbehave(assignment, now):
        if now == 3:
            return None
        scored = {"val/f1": scores[now]} if carried or now != 1 else {}
        return "metrics", {"val/loss": losses[now], **scored}

    history = bench(FILE + BY_LOSS).run(workers(misbehave=misbehave))
    if carried:
        values = {
            search_stage.value(history.spec, trial) for trial in history.trials.values()
        }
        assert values == {0.5}
    else:
        reasons = {trial.reason for trial in history.trials.values()}
        assert {trial.state for trial in history.trials.values()} == {State.FAILED}
        assert any(
            reason.startswith("epoch 2, the selected one, carries")
            for reason in reasons
        )


def test_failed_and_pruned_configurations_are_not_ranked(bench, workers):
    def misbehave(assignment, epoch):
        return ("failed", "OSError") if assignment.trial == 3 else None

    text = (
        FILE.replace("trials: 4", "trials: 8")
        + "early_terminate: {type: asha, eta: 2}\n"
    )
    history = bench(text).run(workers(misbehave=misbehave))
    ranked = search_stage.ranking(history)
    states = {s.number: s.state for s in search_stage.suggestions(history)}
    assert {states[t.attributes["suggestion"]] for t in ranked} == {State.COMPLETE}
    assert {State.FAILED, State.PRUNED} < set(states.values())


def test_a_search_asks_for_no_more_configurations_than_there_are(bench):
    text = FILE.replace("{min: 0.0, max: 1.0}", "{values: [0.1, 0.2, 0.3]}").replace(
        "trials: 4", "trials: 50"
    )
    history = bench(text).run()
    assert search_stage.planned(history.spec) == 3
    assert len(history.trials) == 6


def test_seeds_of_questions_are_far_apart_and_fixed():
    questions = ((0, 0), (0, 1), (1, 0), (10, 0), (1, 10))
    seeds = {
        suggestion.seed_for(study, *numbers)
        for study in range(5)
        for numbers in questions
    }
    assert len(seeds) == 25
    assert all(0 <= seed < 2**32 for seed in seeds)
    assert suggestion.seed_for(0, 1, 2) == suggestion.seed_for(0, 1, 2)


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
                key=lambda t: search_stage.value(history.spec, t),
                default=None,
            )
            seen.append((best(history), wanted))

    bench(
        FILE.replace("maximize", goal) + "early_terminate: {type: asha, eta: 2}\n"
    ).run(listen=listen)
    assert len(seen) >= 4
    assert all(found is wanted for found, wanted in seen)
