"""The summary of a cross-validated study says what each fold gave, and nothing where
there were no folds."""

import numpy as np
import orjson
import pytest

from sweep import report
from sweep.report import cross_validation

FOLDED = """
name: folded
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 3, loss_type: {values: [ce, focal]}}
ablation:
  baseline: {loss_type: ce}
  seeds: [0, 1]
  folds: 3
  designs: {arms: {focal: {loss_type: focal}}}
report: {metrics: [test/f1]}
"""


@pytest.fixture
def folded(study, curve_to, run_all):
    writer = study(FOLDED)
    run_all(
        writer,
        lambda arm, seed, fold: curve_to(
            0.5 + 0.1 * fold + 0.02 * seed + 0.05 * (arm.name == "focal")
        ),
    )
    return report.gather(writer.history())


def test_a_folds_value_is_the_mean_over_its_seeds(folded):
    found = cross_validation.summary(folded)["arms"]["focal"]["metrics"]["test/f1"]
    folds = {str(fold): 0.5 + 0.1 * fold + 0.01 + 0.05 for fold in range(3)}
    assert found["folds"] == pytest.approx(folds)
    assert found["mean"] == pytest.approx(np.mean(list(folds.values())))
    assert found["std"] == pytest.approx(np.std(list(folds.values()), ddof=1))


def test_every_arm_names_its_trials_and_configuration(folded):
    arms = cross_validation.summary(folded)["arms"]
    assert arms["baseline"]["config"]["loss_type"] == "ce"
    assert len(arms["baseline"]["trials"]) == 6
    assert not set(arms["baseline"]["trials"]) & set(arms["focal"]["trials"])


def test_the_file_is_plain_json(folded):
    ((name, data),) = cross_validation.contents(folded).items()
    assert name == "cv_summary.json"
    assert orjson.loads(data)["n_splits"] == 3


def test_without_folds_there_is_no_summary(ladder):
    assert cross_validation.contents(report.gather(ladder)) == {}
