"""`ablation.designs.arms: {from: configs.json}`."""

import pytest

from sweep import spec
from sweep.errors import StudyFileError

STUDY = """
trainer: train.py:train
metric: {name: f1, goal: maximize}
parameters: {lr: 0.1, superclip: false, weight: 1.0}
ablation:
  seeds: [0]
  designs: {arms: {from: configs.json}}
"""
LIST = """[
  // the plain loss
  {"name": "clip", "superclip": false, "weight": 0.5},
  {"superclip": true, "weight": 2.0} // both
]"""


@pytest.fixture
def load(tmp_path):
    """`load(text)`: the study with these configurations."""

    def load(text):
        (tmp_path / "train.py").write_text("def train(config, run): ...\n")
        (tmp_path / "configs.json").write_text(text)
        (tmp_path / "s.yaml").write_text(STUDY)
        return spec.load(tmp_path / "s.yaml")

    return load


def test_each_configuration_is_an_arm(load):
    arms = load(LIST).ablation.designs.arms
    assert arms == {
        "clip": {"superclip": False, "weight": 0.5},
        "config_1": {"superclip": True, "weight": 2.0},
    }


def test_listed_arms_may_be_a_mapping_of_names(load):
    assert load('{"a": {"weight": 2.0}}').ablation.designs.arms == {
        "a": {"weight": 2.0}
    }


@pytest.mark.parametrize(
    "text, said",
    [
        ("[1]", "entry 0 is 1, not a mapping"),
        ("[", "is not JSON"),
        ("3", "does not hold a list"),
        ('[{"name": "a"}, {"name": "a"}]', "two configurations are called 'a'"),
        ('[{"wieght": 2.0}]', "did you mean 'weight'"),
    ],
)
def test_a_wrong_list_is_named_with_the_line_of_the_study_file(load, text, said):
    with pytest.raises(StudyFileError) as caught:
        load(text)
    assert said in str(caught.value)
    assert all(violation.line == 7 for violation in caught.value.violations)
