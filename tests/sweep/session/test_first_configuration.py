"""A configuration to try before any is chosen: complete, and as the user states it."""

import pytest

from sweep import spec
from sweep.model import domains
from sweep.session.first_configuration import first_configuration

FILE = """
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 9
  loss_type: {values: [ce, focal]}
  focal_gamma: {min: 0.5, max: 4.0, when: {loss_type: focal}}
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-2}
search: {method: random, trials: 4}
"""
ABLATION = """
ablation:
  baseline: {loss_type: ce, learning_rate: 1e-3}
  seeds: [0, 1, 2]
  designs:
    arms: {focal: {loss_type: focal, focal_gamma: 2.0}}
"""


def loaded(folder, text):
    (folder / "trainer.py").write_text("def train(config, run):\n    run.restore()\n")
    (folder / "study.yaml").write_text(text)
    return spec.load(folder / "study.yaml")


def test_the_first_configuration_has_the_values_of_the_baseline(tmp_path):
    study = loaded(tmp_path, FILE + ABLATION)
    assert first_configuration(study) == {
        "epochs": 9,
        "loss_type": "ce",
        "learning_rate": 0.001,
    }


def test_a_stated_value_activates_the_parameters_that_depend_on_it(tmp_path):
    study = loaded(tmp_path, FILE + ABLATION)
    stated = first_configuration(study, {"loss_type": "focal"})
    gamma = study.parameters["focal_gamma"].domain
    assert domains.contains(gamma, stated["focal_gamma"])


def test_without_a_baseline_a_value_is_the_middle_of_its_range(tmp_path):
    chosen = first_configuration(loaded(tmp_path, FILE))
    assert chosen["learning_rate"] == pytest.approx(1e-3)  # of a logarithmic range
