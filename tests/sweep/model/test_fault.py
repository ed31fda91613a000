"""A fault names the key it is at, what is wrong there, and what is allowed."""

import pytest

from sweep import spec
from sweep.errors import StudyFileError
from sweep.model.fault import Fault

STUDY = """\
trainer: own.py:train
metric: {name: m, goal: maximize}
parameters: {epochs: 4, lr: {values: [0.1, 0.2]}}
search: {method: random, trials: 2}
early_terminate: {type: asha, min_iter: 9}
"""


def test_where_the_problem_says_it_all_nothing_is_allowed_instead():
    assert Fault(("search", "trials"), "is 0").allowed == ""


@pytest.fixture
def load(tmp_path):
    """`load(text)`: the study of a file that says this."""

    def loaded(text):
        (tmp_path / "own.py").write_text("def train(config, run): ...\n")
        (tmp_path / "study.yaml").write_text(text)
        return spec.load(tmp_path / "study.yaml")

    return loaded


def test_a_fault_of_a_settings_class_is_told_at_the_line_of_its_key(load):
    sound = load(STUDY.replace("min_iter: 9", "min_iter: 1"))
    rule = sound.early_terminate.model_copy(update={"min_iter": 9})
    (fault,) = rule.faults(sound.parameters, 1, ("early_terminate",))
    with pytest.raises(StudyFileError) as refused:
        load(STUDY)
    (violation,) = refused.value.violations
    assert (violation.line, violation.key) == (5, ".".join(fault.key))
    assert (violation.problem, violation.allowed) == (fault.problem, fault.allowed)
