"""The next trial of any search: which runs a configuration gets, and what is ranked."""

from sweep.model.trial import State
from sweep.search import any_search, search_stage

FILE = """
name: searched
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 3
  rate: {min: 0.0, max: 1.0}
search: {method: random, trials: 4, seeds: [3, 4]}
"""


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
    assert any_search.planned(history.spec) == 3
    assert len(history.trials) == 6
