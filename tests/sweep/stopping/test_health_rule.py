"""What a health rule does unless it says otherwise."""

import pytest

from sweep.stopping.health_rule import HealthRule
from tests.sweep.stopping.unhealthy import trial


@pytest.mark.parametrize(
    "stage, action", [("search", "stop"), ("retune", "stop"), ("ablation", "warn")]
)
def test_search_and_ablation_have_actions_of_their_own(stage, action):
    rule = HealthRule(action="stop")
    assert rule.action_for(trial(stage, val_f=[0.1])) == action


def test_a_rule_without_a_statement_of_its_own_finds_and_names_nothing():
    rule = HealthRule()
    assert list(rule.findings(trial(val_f=[0.1]), "maximize")) == []
    assert (rule.metrics(), list(rule.faults({}, ("health", "mine")))) == ({}, [])
