"""A search over several seeds and folds: which runs a configuration gets, and when it
gets no more of them."""

from collections import Counter

from sweep.log.reader import replay
from sweep.model.trial import State
from sweep.search import observing, search_stage

FILE = """
name: folded
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 3
  rate: {min: 0.0, max: 1.0}
search: {method: random, trials: 6, seeds: [3, 4], folds: 3}
"""
RUNS = [(seed, fold) for seed in (3, 4) for fold in range(3)]
WILCOXON = FILE + "early_terminate: {type: wilcoxon}\n"


def test_every_configuration_is_trained_with_every_seed_and_fold_the_first_of_them_ahead(
    bench, workers
):
    crew = workers()
    history = bench(FILE).run(crew)
    for suggestion in search_stage.suggestions(history):
        assert [(t.seed, t.fold) for t in suggestion.trials] == RUNS
    assert {(a.fold in range(3), a.folds) for a in crew.assignments} == {(True, 3)}
    assert search_stage.over(history)


def test_a_rule_that_looks_at_epochs_judges_the_first_seed_and_fold_alone(bench):
    history = bench(FILE + "early_terminate: {type: asha, eta: 2}\n").run()
    pruned = [t for t in history.trials.values() if t.state is State.PRUNED]
    assert pruned
    assert {(t.seed, t.fold) for t in pruned} == {(3, 0)}
    for suggestion in search_stage.suggestions(history):
        assert len(suggestion.trials) == (1 if suggestion.trials[0] in pruned else 6)


def test_the_ablation_and_the_search_may_have_folds_of_their_own(bench, workers):
    crew = workers()
    history = bench(
        FILE + "ablation: {baseline: {rate: 0.5}, seeds: [0], folds: 2}\n"
    ).run(crew)
    by_stage = {(history.trials[a.trial].stage, a.folds) for a in crew.assignments}
    assert by_stage == {("search", 3), ("ablation", 2)}
    assert [t.fold for t in history.stage("ablation")] == [0, 1]


def test_a_retuning_takes_over_the_searchs_folds(bench, workers):
    retuned = "ablation: {baseline: {}, seeds: [0], retune: {parameters: [rate], trials: 2}}\n"
    history = bench(
        FILE.replace("max: 1.0}", "max: 1.0, role: nuisance}") + retuned
    ).run()
    tuned = history.stage("retune")
    assert [(t.seed, t.fold) for t in tuned] == RUNS * 2
    assert {t.fold for t in history.stage("ablation")} == {None}


# --------------------------------------------------------------------------- wilcoxon


def steady(assignment, epoch):
    """A metric that ranks configurations by their rate, whatever the seed and fold,
    which shift all of them alike."""
    if epoch >= 3:
        return None
    shift = 0.01 * assignment.seed + 0.02 * assignment.fold
    return "metrics", {"val/f1": assignment.config["rate"] + shift + epoch / 100}


def test_a_configuration_that_is_worse_on_every_run_is_given_up_after_the_fourth(
    bench, workers
):
    history = bench(WILCOXON).run(workers(misbehave=steady))
    best = 0.0
    for suggestion in search_stage.suggestions(history):
        rate = suggestion.trials[0].config["rate"]
        behind = best and rate < best
        assert len(suggestion.trials) == (4 if behind else 6)
        assert suggestion.state is (State.PRUNED if behind else State.COMPLETE)
        assert all(t.state is State.COMPLETE for t in suggestion.trials), (
            "what was trained is a result of its own"
        )
        if behind:
            assert "4 runs: mean val/f1" in suggestion.trials[0].given_up
            assert "(Wilcoxon p = 0.062)" in suggestion.trials[0].given_up
        best = max(best, rate)
    states = Counter(s.state for s in search_stage.suggestions(history))
    assert states[State.PRUNED]
    assert states[State.COMPLETE]


def test_one_that_was_given_up_is_pruned_to_the_sampler_and_never_ranked(
    bench, workers
):
    history = bench(WILCOXON).run(workers(misbehave=steady))
    ranked = {t.number for t in search_stage.ranking(history)}
    for suggestion in search_stage.suggestions(history):
        seen = observing.observe(history.spec, suggestion)
        if suggestion.trials[0].given_up:
            assert (seen.state, seen.value) == (State.PRUNED, None)
            assert suggestion.trials[0].number not in ranked
    assert search_stage.over(history)


def test_to_minimise_the_greater_configurations_are_given_up(bench, workers):
    text = WILCOXON.replace("maximize", "minimize")
    history = bench(text).run(workers(misbehave=steady))
    rates = {
        bool(s.trials[0].given_up): s.trials[0].config["rate"]
        for s in search_stage.suggestions(history)
    }
    assert rates[True] > min(t.config["rate"] for t in search_stage.ranking(history))


def test_giving_up_is_an_event_so_that_a_kill_neither_loses_nor_repeats_it(
    bench, workers, story, tmp_path
):
    study = bench(WILCOXON)
    want = story(study.run(workers(misbehave=steady)))
    written = study.log.read_bytes().splitlines(keepends=True)
    cuts = [i for i, line in enumerate(written) if b"configuration_given_up" in line]
    assert cuts
    for cut in (at + behind for at in cuts for behind in (0, 1)):
        copy = study.killed_copy(tmp_path / f"cut-{cut}", b"".join(written[:cut]))
        assert story(copy.session(workers(misbehave=steady))) == want
        given_up = [
            e["trial"]
            for e in replay(copy.log).events
            if e["event"] == "configuration_given_up"
        ]
        assert len(given_up) == len(set(given_up)) == len(cuts)


def test_a_retuned_arm_can_give_up_its_configurations_too(bench, workers):
    retuned = """
ablation:
  baseline: {}
  seeds: [0]
  retune: {parameters: [rate], trials: 5, early_terminate: {type: wilcoxon}}
"""
    history = bench(
        FILE.replace("max: 1.0}", "max: 1.0, role: nuisance}").replace(
            "trials: 6", "trials: 1"
        )
        + retuned
    )
    history = history.run(
        workers(
            misbehave=lambda a, epoch: steady(a, epoch) if a.fold is not None else None
        )
    )
    assert any(t.given_up for t in history.stage("retune"))
    assert [t.state for t in history.stage("ablation")] == [State.COMPLETE]
