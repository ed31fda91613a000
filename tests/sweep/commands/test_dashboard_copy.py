"""The copy of a search that the dashboard shows: an Optuna study that says what the log says."""

import pytest
from optuna.trial import TrialState

from sweep.commands.dashboard_copy import Copy
from sweep.study import Study

SEARCH = "search: {method: random, trials: 5, seeds: [0]}\n"


@pytest.fixture
def copied(bench, workers):
    """`copied(text, misbehave)`: the trials of the copy, and those of the study."""

    def run(text, misbehave=lambda given, epoch: None):
        study = bench(text)
        study.run(workers(misbehave=misbehave))
        history = Study(study.folder).history
        return Copy(history).storage.get_all_trials(0), history.stage("search")

    return run


def test_values_parameters_and_curves_are_those_of_the_log(copied, conditional):
    shown, trials = copied(conditional + SEARCH)
    assert len(shown) == len(trials) == 5
    for copy, trial in zip(shown, trials, strict=True):
        assert copy.value == trial.best("val/f1", "maximize").metrics["val/f1"]
        assert copy.intermediate_values == trial.curve("val/f1")
        assert copy.params["learning_rate"] == trial.config["learning_rate"]
        assert copy.user_attrs["trials"] == str(trial.number)


def test_a_conditional_parameter_is_shown_only_where_it_exists(copied, conditional):
    shown, trials = copied(conditional + SEARCH)
    for copy, trial in zip(shown, trials, strict=True):
        assert ("focal_gamma" in copy.params) == (trial.config["loss_type"] == "focal")
        assert "epochs" not in copy.params, "a constant has no axis"


def test_a_failed_trial_has_its_reason_and_no_value(copied, conditional):
    shown, _ = copied(
        conditional + SEARCH,
        lambda given, epoch: (
            ("failed", "ValueError: no data") if given.trial == 2 else None
        ),
    )
    assert shown[2].state is TrialState.FAIL
    assert shown[2].user_attrs["reason"] == "ValueError: no data"
    assert shown[2].values is None


def test_a_choice_that_is_a_list_is_shown_by_its_text(copied):
    text = """
name: lists
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 2, widths: {values: [[8, 16], [16, 32]]}}
search: {method: grid}
"""
    shown, _ = copied(text)
    assert {copy.params["widths"] for copy in shown} == {"[8, 16]", "[16, 32]"}
