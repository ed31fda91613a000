"""A dict of Optuna's distributions or of Ray Tune's domains in a Python file."""

import pytest

from sweep import spec
from sweep.errors import StudyFileError
from sweep.model.parameters import IntUniform, Uniform
from tests.sweep.spec.foreign.files import GIVEN, OPTUNA, RAY


@pytest.mark.parametrize(
    "text", [OPTUNA, RAY.replace('    "odd": tune.sample_from(lambda spec: 1),\n', "")]
)
def test_a_dict_of_domains_is_a_study(lay_out, text):
    lay_out("space.py", text)
    study = spec.load("space.py:SPACE", overrides=GIVEN)
    assert study.parameters["lr"].domain == Uniform(1e-5, 1e-2, log=True)
    assert study.parameters["model.layers"].domain == IntUniform(1, 8)


def test_what_is_drawn_by_code_is_refused_with_its_line(lay_out):
    lay_out("space.py", RAY)
    with pytest.raises(StudyFileError) as caught:
        spec.load("space.py:SPACE", overrides=GIVEN)
    (violation,) = caught.value.violations
    assert (violation.line, violation.key) == (7, "parameters.odd")


def test_a_space_that_is_not_there_names_the_nearest(lay_out):
    lay_out("space.py", OPTUNA)
    with pytest.raises(StudyFileError, match="did you mean 'SPACE'"):
        spec.load("space.py:SPACES")


def test_a_space_says_at_once_what_it_lacks_and_converts_without(lay_out):
    lay_out("space.py", OPTUNA)
    with pytest.raises(StudyFileError) as caught:
        spec.load("space.py:SPACE")
    assert [v.key for v in caught.value.violations] == ["metric", "program"]
    text, notes = spec.convert("space.py:SPACE")
    assert "metric" not in text.split("parameters")[0]
    assert any("names no metric" in note for note in notes)
