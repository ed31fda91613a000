"""A dict of Optuna's distributions or of Ray Tune's domains in a Python file."""

import pytest

from sweep import spec
from sweep.errors import StudyFileError
from sweep.model.domains import IntUniform, Uniform
from tests.sweep.spec.foreign.files import GIVEN, OPTUNA, RAY


@pytest.mark.parametrize(
    "text", [OPTUNA, RAY.replace('    "odd": tune.sample_from(lambda spec: 1),\n', "")]
)
def test_a_dict_of_domains_is_a_study(lay_out, text):
    lay_out("space.py", text)
    study = spec.load("space.py:SPACE", overrides=GIVEN)
    assert study.parameters["lr"].domain == Uniform(1e-5, 1e-2, log=True)
    assert study.parameters["model.layers"].domain == IntUniform(1, 8)


def test_a_value_computed_by_code_is_refused_with_its_line(lay_out):
    lay_out("space.py", RAY)
    with pytest.raises(StudyFileError) as caught:
        spec.load("space.py:SPACE", overrides=GIVEN)
    (violation,) = caught.value.violations
    assert (violation.line, violation.key) == (7, "parameters.odd")


def test_a_missing_space_is_refused_with_the_nearest_name(lay_out):
    lay_out("space.py", OPTUNA)
    with pytest.raises(StudyFileError, match="did you mean 'SPACE'"):
        spec.load("space.py:SPACES")


def test_a_space_without_trainer_and_metric_converts_and_names_both(lay_out):
    lay_out("space.py", OPTUNA)
    with pytest.raises(StudyFileError) as caught:
        spec.load("space.py:SPACE")
    assert [v.key for v in caught.value.violations] == ["metric", "program"]
    text, notes = spec.convert("space.py:SPACE")
    assert "metric" not in text.split("parameters")[0]
    assert any("names no metric" in note for note in notes)


@pytest.mark.parametrize(
    "written, said",
    [
        ("tune.sample_from(lambda spec: 1)", "tune.sample_from is Python code"),
        ("[tune.uniform(0, 1), 3]", "a domain inside a choice or a list"),
        (
            "tune.choice([tune.uniform(0, 1), 3])",
            "a domain inside a choice or a list",
        ),
        ("lambda: 1", "a function is Python code"),
    ],
)
def test_an_unsupported_value_is_refused_with_the_reason(lay_out, written, said):
    text = 'from ray import tune\nSPACE = {"lr": tune.uniform(0, 1), "odd": WRITTEN}\n'
    lay_out("space.py", text.replace("WRITTEN", written))
    with pytest.raises(StudyFileError) as caught:
        spec.load("space.py:SPACE", overrides=GIVEN)
    (violation,) = caught.value.violations
    assert violation.key == "parameters.odd"
    assert said in violation.problem


def test_numpy_numbers_are_numbers_and_randint_excludes_its_end(lay_out):
    text = """
import numpy as np
from ray import tune
SPACE = {
    "width": np.int64(3),
    "depth": tune.choice(list(np.arange(2))),
    "layers": tune.qrandint(1, 9, 1),
    "batch": tune.qrandint(2, 8, 2),
}
"""
    lay_out("space.py", text)
    parameters = spec.load("space.py:SPACE", overrides=GIVEN).parameters
    assert parameters["width"].domain.value == 3
    assert parameters["layers"].domain == IntUniform(1, 8)
    text, _ = spec.convert("space.py:SPACE", GIVEN)
    assert "values: [0, 1]" in text
    assert "{distribution: q_uniform, min: 2, max: 8, q: 2}" in text


def test_given_trainer_and_metric_are_in_the_converted_file(lay_out):
    lay_out("space.py", OPTUNA)
    text, notes = spec.convert("space.py:SPACE", {**GIVEN, "search.trials": 3})
    assert "trainer: train.py:train" in text
    assert "metric: {name: loss, goal: minimize}" in text
    assert "trials: 3" in text
    assert notes == []
