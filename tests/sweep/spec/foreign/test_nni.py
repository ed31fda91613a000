"""A search space or an experiment of NNI."""

import json

import pytest

from sweep import spec
from sweep.errors import StudyFileError
from sweep.model.domains import IntUniform, Uniform
from tests.sweep.spec.foreign.files import GIVEN


def test_a_branch_of_nni_exists_only_where_it_is_chosen(lay_out):
    branches = [
        {"_name": "conv", "k": {"_type": "randint", "_value": [1, 4]}},
        {"_name": "none"},
    ]
    text = json.dumps({"layer": {"_type": "choice", "_value": branches}})
    study = spec.load(lay_out("space.json", text), overrides=GIVEN)
    assert study.parameters["layer.k"].when == {"layer": ("conv",)}
    assert study.parameters["layer.k"].domain == IntUniform(1, 3)


def test_a_space_may_have_comments_and_trailing_commas(lay_out):
    text = """{
      // tuned by hand before: 1e-3
      "lr": {"_type": "loguniform", "_value": [1e-4, 1e-1]}, /* log */
    }"""
    study = spec.load(lay_out("space.json", text), overrides=GIVEN)
    assert study.parameters["lr"].domain == Uniform(1e-4, 1e-1, log=True)


def test_a_fault_behind_a_comment_is_placed_at_its_line(lay_out):
    text = '// one\n{"lr": {"_type": "uniform", "_value": [0, 1]},\n"k": {"_type": "odd", "_value": 1}}'
    with pytest.raises(StudyFileError, match=r"space\.json:3: k"):
        spec.load(lay_out("space.json", text), overrides=GIVEN)


EXPERIMENT = """
experimentName: mine
searchSpaceFile: space.json
trialCommand: python train.py
tuner: {name: Random, classArgs: {optimize_mode: minimize}}
maxTrialNumber: 7
trialConcurrency: 2
trainingService: {platform: local}
"""


def test_an_experiment_gives_program_method_trials_and_goal(lay_out):
    lay_out(
        "space.json", json.dumps({"lr": {"_type": "uniform", "_value": [0.1, 1.0]}})
    )
    study = spec.load(lay_out("config.yaml", EXPERIMENT))
    assert (study.name, study.command.run) == ("mine", ("python", "train.py"))
    assert (study.search.method, study.search.trials) == ("random", 7)
    assert (study.metric.name, study.metric.goal) == ("default", "minimize")
    assert study.resources.max_concurrent == 2
    assert any("trainingService: has no effect here" in note for note in study.notes)


def test_a_domain_without_equivalent_is_refused(lay_out):
    text = json.dumps({"lr": {"_type": "mixture", "_value": [1, 2]}})
    with pytest.raises(StudyFileError, match=r"mixture of .* cannot be converted"):
        spec.load(lay_out("space.json", text), overrides=GIVEN)


def test_a_space_with_one_invalid_entry_is_recognised(lay_out):
    space = {"lr": {"_type": "uniform", "_value": [0.1, 1.0]}, "odd": 3}
    with pytest.raises(StudyFileError) as caught:
        spec.convert(lay_out("space.json", json.dumps(space)))
    (violation,) = [v for v in caught.value.violations if v.key == "odd"]
    assert "has no _type and _value" in violation.problem
