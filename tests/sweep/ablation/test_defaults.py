"""Values for what an arm leaves open: from the search, the same nuisance value for every arm."""

import pytest

from sweep.ablation import defaults
from sweep.errors import SweepError
from sweep.search import search_stage

TEXT = """
name: defaults
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 2
  loss_type: {values: [ce, focal]}
  focal_gamma: {min: 0.5, max: 4.0, when: {loss_type: focal}}
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-1, role: nuisance}
search: {method: random, trials: 12}
ablation:
  baseline: {loss_type: ce}
  seeds: [0]
  designs: {arms: {focal: {loss_type: focal}}}
"""


@pytest.fixture
def history(bench):
    return bench(TEXT).run()


def test_a_nuisance_parameter_is_taken_from_the_best_trial_of_all_for_every_arm(
    history,
):
    best = search_stage.ranking(history)[0]
    fill = defaults.filler(history)
    for loss_type in ("ce", "focal"):
        assert (
            fill("learning_rate", {"loss_type": loss_type})
            == best.config["learning_rate"]
        )
    assert {arm.config["learning_rate"] for arm in history.arms} == {
        best.config["learning_rate"]
    }


def test_a_scientific_parameter_is_taken_from_the_best_trial_that_agrees_with_the_arm(
    history,
):
    ranked = search_stage.ranking(history)
    focal = next(trial for trial in ranked if trial.config["loss_type"] == "focal")
    found = defaults.source(history, ranked, "focal_gamma", {"loss_type": "focal"})
    assert found is focal
    other = defaults.source(history, ranked, "focal_gamma", {"loss_type": "ce"})
    assert other is focal, "no trial agrees: the best that has the parameter"


def test_an_arm_that_leaves_something_open_needs_the_search(history, bench):
    assert defaults.needs_search(history)
    stated = TEXT.replace(
        "{loss_type: ce}", "{loss_type: ce, learning_rate: 0.01}"
    ).replace("{loss_type: focal}}}", "{loss_type: focal, focal_gamma: 2.0}}}")
    assert not defaults.needs_search(bench(stated).run())


def test_where_no_trial_has_the_parameter_the_error_says_what_to_do(bench, workers):
    def fail(assignment, epoch):
        return "failed", f"broken {assignment.trial}"

    history = bench(TEXT).run(workers(misbehave=fail))
    with pytest.raises(SweepError) as refused:
        defaults.source(history, [], "learning_rate", {})
    assert "the search completed no trial with a value of 'learning_rate'" in str(
        refused.value
    )
    assert "12 of its trials failed, the first one of: broken 0" in str(refused.value)
    assert "give it a value in ablation.baseline, or search longer" in str(
        refused.value
    )
