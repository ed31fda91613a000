"""Profiles and `--set`: what they replace, and how a wrong one is refused."""

from pathlib import Path

import pytest

from sweep import spec
from sweep.errors import UsageError
from sweep.model.domains import Constant, Uniform
from tests.sweep.spec.toy import edited

SEARCH_SPACES = Path(__file__).parents[3] / "search_spaces"

pytestmark = pytest.mark.usefixtures("toy")


def test_a_profile_replaces_constants_seeds_and_trials(load):
    study = load(profile="full")
    assert study.parameters["epochs"].domain == Constant(200)
    assert study.search.trials == 100
    assert study.ablation.seeds == (0, 1, 2, 3, 4)


def test_overrides_come_after_the_profile(load):
    study = load(
        profile="full",
        overrides={"epochs": 3, "search.seed": 7, "early_terminate.type": "none"},
    )
    assert study.parameters["epochs"].domain == Constant(3)
    assert study.search.trials == 100
    assert study.search.seed == 7


def test_an_override_fixes_a_searched_parameter_and_keeps_its_condition(load):
    study = load(overrides={"focal_gamma": 2.0, "loss_type": "ce"})
    assert study.parameters["focal_gamma"].domain == Constant(2.0)
    assert study.parameters["focal_gamma"].when == {"loss_type": ("focal",)}
    assert study.parameters["loss_type"].domain == Constant("ce")


def test_an_override_reaches_into_a_parameter_and_makes_a_section(load):
    study = load(overrides={"parameters.focal_gamma.max": 3.0, "budget.hours": 2})
    assert study.parameters["focal_gamma"].domain == Uniform(0.5, 3.0)
    assert study.budget.hours == 2


def test_assignments_are_read_as_yaml():
    assert spec.parse_overrides(
        ["epochs=3", "a.b=[0, 1]", "name=no", "x=1e-3", "y=a=b"]
    ) == {
        "epochs": 3,
        "a.b": [0, 1],
        "name": "no",
        "x": 1e-3,
        "y": "a=b",
    }
    for wrong in ("epochs", "=3"):
        with pytest.raises(UsageError, match="KEY=VALUE"):
            spec.parse_overrides([wrong])


@pytest.mark.parametrize(
    "options, key, words",
    [
        ({"profile": "ful"}, "--profile ful", "did you mean 'full'?"),
        ({"overrides": {"epoch": 3}}, "--set epoch", "did you mean 'epochs'?"),
        (
            {"overrides": {"serch.trials": 3}},
            "--set serch.trials",
            "did you mean 'search.trials'?",
        ),
        (
            {"overrides": {"search.trails": 3}},
            "search.trails",
            "did you mean 'trials'?",
        ),
        ({"overrides": {"loss_type": "focl"}}, "--set loss_type", "one of: ce, focal"),
        (
            {"overrides": {"trainer.x": 1}},
            "--set trainer.x",
            "trainer is not a mapping",
        ),
        (
            {"overrides": {"parameters.epoch": 3}},
            "--set parameters.epoch",
            "did you mean 'epochs'?",
        ),
        ({"overrides": {"epochs": "many"}}, "parameters.epochs", "an integer"),
    ],
)
def test_wrong_overrides_are_violations_without_a_line(refused, options, key, words):
    (violation,) = refused(**options)
    assert (violation.line, violation.key) == (0, key)
    assert words in violation.problem + violation.allowed


def test_the_keys_of_every_profile_are_checked_even_when_it_is_not_used(refused):
    (violation,) = refused(edited(("full: {epochs:", "full: {epoch:")))
    assert (violation.line, violation.key) == (20, "profiles.full.epoch")
