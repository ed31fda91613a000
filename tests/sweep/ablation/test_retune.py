"""Retuning: the same budget for every arm, from nothing, before its seeds; then the arm
has the values it found."""

import pytest

from sweep.ablation import results, retune
from sweep.model.trial import State
from sweep.search import trial_value
from sweep.session import plan

STUDY = """
name: retuned
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 4
  loss_type: {values: [ce, focal]}
  focal_gamma: {min: 0.5, max: 4.0, when: {loss_type: focal}}
  optimizer: {values: [sgd, none]}
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-1, role: nuisance, when: {optimizer: sgd}}
  weight_decay: {values: [0.0, 0.1], role: nuisance}
ablation:
  baseline: {loss_type: ce, optimizer: sgd, weight_decay: 0.0}
  seeds: [1, 2]
  retune: {parameters: [learning_rate], trials: 4}
  designs:
    arms:
      focal: {loss_type: focal, focal_gamma: 2.0}
      again: {loss_type: focal, focal_gamma: 2.0}
      untrained: {optimizer: none}
"""


def by_name(history):
    return {arm.name: arm for arm in history.arms}


def tried(history, arm):
    return [
        trial for trial in history.stage("retune") if trial.attributes["arm"] == arm
    ]


@pytest.fixture
def history(bench):
    """A finished study, no search before it."""
    return bench(STUDY).run()


def test_every_arm_gets_the_same_budget_and_arms_of_one_configuration_share_it(history):
    assert {arm: len(tried(history, arm)) for arm in by_name(history)} == {
        "baseline": 4,
        "focal": 4,
        "again": 0,
        "untrained": 0,
    }
    arms = by_name(history)
    assert arms["again"].config == arms["focal"].config


def test_an_arm_takes_the_values_of_its_best_trial_and_is_trained_with_them(history):
    for name in ("baseline", "focal"):
        arm = by_name(history)[name]
        best = max(
            tried(history, name),
            key=lambda trial: trial_value.value(history.spec, trial),
        )
        assert arm.tuned == {"learning_rate": best.config["learning_rate"]}
        assert arm.config == best.config
        assert results.complete(history, arm)
        assert arm.filled == ()


def test_only_what_is_retuned_differs_between_the_trials_of_an_arm(history):
    for trial in tried(history, "focal"):
        fixed = {n: v for n, v in trial.config.items() if n != "learning_rate"}
        assert fixed == {
            n: v
            for n, v in by_name(history)["focal"].config.items()
            if n != "learning_rate"
        }
    assert (
        len({trial.config["learning_rate"] for trial in tried(history, "focal")}) == 4
    )


def test_an_arm_without_the_parameter_has_nothing_to_tune_and_is_trained_as_it_is(
    history,
):
    arm = by_name(history)["untrained"]
    assert arm.tuned == {}
    assert "learning_rate" not in arm.config
    assert results.complete(history, arm)


def test_arms_are_tuned_in_turn_and_trained_only_when_tuned(history):
    order = [trial.attributes["arm"] for trial in history.stage("retune")]
    assert order == ["baseline", "focal"] * 4
    last = max(trial.number for trial in tried(history, "focal"))
    assert (
        min(run.number for run in results.runs(history, by_name(history)["focal"]))
        > last
    )


def test_every_arm_draws_from_a_stream_of_its_own(history):
    drawn = [
        [trial.config["learning_rate"] for trial in tried(history, arm)]
        for arm in ("baseline", "focal")
    ]
    assert not set(drawn[0]) & set(drawn[1])


def test_the_search_gives_no_arm_a_head_start(bench):
    """With a search before it, an arm's retuning draws what it would have drawn without one."""
    searched = STUDY.replace(
        "ablation:", "search: {method: random, trials: 3, seeds: [0]}\nablation:"
    )
    drawn = [
        [trial.config["learning_rate"] for trial in tried(bench(text).run(), "focal")]
        for text in (STUDY, searched)
    ]
    assert drawn[0] == drawn[1]


def test_failed_trials_count_and_the_best_of_the_others_is_taken(bench, workers):
    def fail(assignment, epoch):
        return (
            ("failed", "x")
            if assignment.label in ("focal, retune 0", "focal, retune 2")
            else None
        )

    history = bench(STUDY).run(workers(misbehave=fail))
    states = [trial.state for trial in tried(history, "focal")]
    assert states == [State.FAILED, State.COMPLETE, State.FAILED, State.COMPLETE]
    complete = [
        trial.config["learning_rate"] for trial in tried(history, "focal")[1::2]
    ]
    assert by_name(history)["focal"].tuned["learning_rate"] in complete


def test_an_arm_none_of_whose_trials_complete_keeps_its_values_and_it_is_said(
    bench, workers
):
    def fail(assignment, epoch):
        return ("failed", "x") if assignment.label.startswith("focal, retune") else None

    history = bench(STUDY).run(workers(misbehave=fail))
    assert by_name(history)["focal"].tuned == by_name(history)["again"].tuned == {}
    said = [notice.message for notice in history.notices]
    assert any(
        "arm 'focal': none of its 4 retune trials completed; it keeps the untuned"
        in text
        for text in said
    )
    assert results.complete(history, by_name(history)["focal"])


def test_retune_trials_run_their_whole_budget_unless_asked_otherwise(bench):
    assert {trial.state for trial in bench(STUDY).run().stage("retune")} == {
        State.COMPLETE
    }
    rule = "trials: 8, early_terminate: {type: asha, min_iter: 1, eta: 2}}"
    history = bench(STUDY.replace("trials: 4}", rule)).run()
    pruned = [trial for trial in history.stage("retune") if trial.state is State.PRUNED]
    assert pruned
    assert {trial.state for trial in history.stage("ablation")} == {State.COMPLETE}


def test_rivals_of_a_retune_trial_are_those_of_its_own_arm(bench):
    """The first trial of an arm has none, and is never stopped, however well another arm does."""
    rule = "trials: 8, early_terminate: {type: asha, min_iter: 1, eta: 2}}"
    history = bench(STUDY.replace("trials: 4}", rule)).run()
    assert [tried(history, arm)[0].state for arm in ("baseline", "focal")] == [
        State.COMPLETE
    ] * 2


@pytest.mark.parametrize("slots", [1, 3])
def test_a_killed_study_retunes_as_an_undisturbed_one(bench, workers, slots):
    whole = bench(STUDY)
    expected = whole.run(workers(slots=1))
    lines = whole.log.read_bytes().splitlines(keepends=True)
    for cut in range(1, len(lines), max(len(lines) // 12, 1)):
        copy = whole.killed_copy(
            whole.folder.with_name(f"cut-{slots}-{cut}"), b"".join(lines[:cut])
        )
        history = copy.session(workers(slots=1))
        assert {a.name: a.tuned for a in history.arms} == {
            a.name: a.tuned for a in expected.arms
        }
    parallel = bench(STUDY).run(workers(slots=slots))
    assert {len(tried(parallel, arm)) for arm in ("baseline", "focal")} == {4}


def test_the_plan_counts_what_is_trained(bench):
    study = bench(STUDY)
    history = study.run()
    planned = plan.plan(history.spec)
    assert planned.retune_trials == len(history.stage("retune")) == 8
    assert planned.ablation_trials == len(history.stage("ablation"))
    assert planned.optional == 0


def test_every_seed_of_the_search_tunes(bench):
    text = STUDY.replace(
        "ablation:", "search: {method: random, trials: 2, seeds: [5, 6]}\nablation:"
    )
    history = bench(text).run()
    assert retune.runs(history.spec) == [(5, None), (6, None)]
    assert sorted({trial.seed for trial in tried(history, "focal")}) == [5, 6]
    assert plan.plan(history.spec).retune_trials == len(history.stage("retune")) == 16
