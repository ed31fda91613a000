"""A faulty file is read as far as it can be, so that no fault hides another."""

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sweep import spec
from sweep.errors import StudyFileError
from sweep.spec import StudySpec
from sweep.spec.error_recovery import recover
from sweep.spec.schema import StudyFile
from tests.sweep.spec.toy import STUDY

pytestmark = pytest.mark.usefixtures("toy")

KEYS = (
    "value",
    "values",
    "min",
    "max",
    "when",
    "baseline",
    "designs",
    "ladder",
    "factorial",
    "trials",
    "name",
    "epochs",
)
SECTIONS = (
    "trainer",
    "metric",
    "parameters",
    "search",
    "early_terminate",
    "ablation",
    "report",
    "profiles",
)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["toy", "ce", "focal", "epochs", "val/loss"])
)
anything = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(anything, st.sampled_from(SECTIONS))
def test_any_section_gives_a_spec_or_a_study_file_error(tmp_path, section, key):
    data = yaml.safe_load(STUDY) | {key: section}
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False))
    try:
        study = spec.load(path)
    except StudyFileError as error:
        assert error.violations  # noqa: PT017 - either outcome is right, anything else is raised
    else:
        assert StudySpec.from_canonical(study.canonical()).digest == study.digest


def read_as_far_as_possible(**sections):
    data = yaml.safe_load(STUDY) | sections
    with pytest.raises(ValidationError) as caught:
        StudyFile.model_validate(data)
    return recover(data, caught.value)


def test_recovery_drops_an_unknown_key_of_a_rule():
    rule = {"type": "asha", "eta": 2, "percentile": 5}
    assert read_as_far_as_possible(early_terminate=rule).early_terminate.eta == 2


def test_recovery_drops_a_rule_without_a_required_key():
    file = read_as_far_as_possible(early_terminate={"type": "percentile"})
    assert file.early_terminate.type == "none"


def test_recovery_keeps_the_other_keys_of_an_unknown_method():
    file = read_as_far_as_possible(search={"method": "bayes", "trials": 7})
    assert (file.search.method, file.search.trials) == ("tpe", 7)


@pytest.mark.parametrize("rule", ["hyperband", "asha"])
def test_a_reduction_factor_of_null_is_named_with_its_line(tmp_path, rule):
    """It may be an integer or a number, so that its fault has the name of a type in its path."""
    path = tmp_path / "study.yaml"
    path.write_text(
        "name: x\ntrainer: clip\nmetric: {name: val/macro_f1, goal: maximize}\n"
        "parameters: {epochs: 3, learning_rate: {min: 0.001, max: 0.01}}\n"
        "search: {method: random, trials: 4}\n"
        f"early_terminate: {{type: {rule}, min_iter: 1, eta: null}}\n"
    )
    with pytest.raises(StudyFileError, match=r"study.yaml:6: early_terminate.eta: "):
        spec.load(path)
