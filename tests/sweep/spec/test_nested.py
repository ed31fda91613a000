"""Groups of parameters: flat names, lines kept, groups handed to a command as they were."""

import pytest

from sweep import errors, spec
from sweep.model.domains import Constant, Uniform

STUDY = """\
trainer: train.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 3
  optimizer:
    parameters:
      lr: {min: 0.1, max: 0.2}
      schedule: {parameters: {warmup: {value: 5}}}
search: {method: random, trials: 4}
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / "train.py").write_text("def train(config, run): ...", encoding="utf-8")

    def written(text):
        (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
        return tmp_path / "s.yaml"

    return written


def test_a_nested_parameter_has_a_dotted_name(study):
    parameters = spec.load(study(STUDY)).parameters
    assert list(parameters) == ["epochs", "optimizer.lr", "optimizer.schedule.warmup"]
    assert isinstance(parameters["optimizer.lr"].domain, Uniform)
    assert parameters["optimizer.schedule.warmup"].domain == Constant(5)


def test_a_mistake_in_a_group_has_its_line(study):
    with pytest.raises(
        errors.StudyFileError, match=r"s\.yaml:7: parameters\.optimizer\.lr"
    ):
        spec.load(study(STUDY.replace("max: 0.2", "max: 0.01")))


def test_a_command_gets_nested_groups_as_nested_values(study):
    text = STUDY.replace(
        "trainer: train.py:train", "command: [python, train.py, '${args_json}']"
    )
    wanted = spec.load(study(text + "\n"))
    assert wanted.command is not None
    assert list(wanted.command.nested) == ["optimizer", "optimizer.schedule"]


def test_an_empty_group_is_refused(study):
    with pytest.raises(errors.StudyFileError, match="has no parameters"):
        spec.load(
            study(
                STUDY.replace("{parameters: {warmup: {value: 5}}}", "{parameters: {}}")
            )
        )
