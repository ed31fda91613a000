"""What explains the metric, and what is noise: among all configurations, and among
those that have a parameter."""

from __future__ import annotations

import random

import pytest

from sweep import report

STUDY = """
name: explained
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 1
  loss_type: {values: [ce, focal]}
  focal_gamma: {min: 0.5, max: 4.0, when: {loss_type: focal}}
  dice_weight: {values: [0.0, 1.0]}
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-2, role: nuisance}
search: {method: random, trials: 40}
"""


@pytest.fixture
def importance(study):
    """`importance(focal, value)`: of configurations that are focal where `focal` says
    so, with `value(config)`."""

    def explain(focal, value):
        writer, draw = study(STUDY), random.Random(0)
        for number, loss_type in enumerate(
            "focal" if is_focal else "ce" for is_focal in focal
        ):
            config = {
                "epochs": 1,
                "loss_type": loss_type,
                "dice_weight": draw.choice([0.0, 1.0]),
            }
            config |= (
                {"focal_gamma": draw.uniform(0.5, 4.0)} if loss_type == "focal" else {}
            )
            config["learning_rate"] = 10 ** draw.uniform(-4, -2)
            reports = [{"val/f1": value(config, draw)}]
            writer.trial(
                config, reports, stage="search", attributes={"suggestion": number}
            )
        return report.gather(writer.history()).importance

    return explain


def by_loss(config, draw):
    return 0.5 + 0.2 * (config["loss_type"] == "focal") + 0.02 * draw.random()


def test_the_decisive_parameter_stands_out_from_noise(importance):
    everything = importance([number % 2 for number in range(30)], by_loss).groups[0]
    assert everything.condition == ""
    assert everything.runs == 30
    assert next(iter(everything.importance)) == "loss_type"
    assert everything.importance["loss_type"] > 0.8
    assert everything.importance["dice_weight"] < 0.1
    assert everything.noise < 0.1


def test_a_conditional_parameter_is_judged_among_those_that_have_it(importance):
    conditional = importance([number % 3 for number in range(30)], by_loss).groups[1]
    assert conditional.condition == "loss_type = focal"
    assert conditional.runs == 20
    assert set(conditional.importance) == {"focal_gamma"}


def test_a_parameter_in_too_few_configurations_is_counted_only(importance):
    found = importance([number < 3 for number in range(14)], by_loss)
    assert [group.condition for group in found.groups] == [""]
    assert found.too_few == {"focal_gamma": 3}


def test_fewer_than_ten_configurations_give_no_importance(importance):
    found = importance([False] * 9, by_loss)
    assert found.groups == []
    assert found.runs == 9


def test_a_constant_metric_has_zero_importance(importance):
    groups = importance([False] * 12, lambda config, draw: 0.5).groups
    assert {share for group in groups for share in group.importance.values()} == {0.0}
