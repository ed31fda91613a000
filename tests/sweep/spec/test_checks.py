"""What the sections of a study file have to agree on."""

import pytest

from tests.sweep.spec.toy import edited

pytestmark = pytest.mark.usefixtures("toy")


def test_a_grid_needs_values_for_every_parameter(refused):
    found = refused(edited(("method: tpe", "method: grid")))
    assert [v.key for v in found] == [
        "parameters.focal_gamma",
        "parameters.learning_rate",
    ]
    assert "continuous" in found[0].problem


def test_a_cycle_of_conditions_is_refused_and_named(refused):
    text = edited(
        (
            "loss_type: {values: [ce, focal]}",
            "loss_type: {values: [ce, focal], when: {focal_gamma: 1.0}}",
        )
    )
    (violation,) = refused(text)
    assert "loss_type → focal_gamma → loss_type" in violation.problem


WITHOUT_SEARCH = edited(
    ("search: {method: tpe, trials: 40}\n", ""),
    ("early_terminate: {type: asha, min_iter: 2}\n", ""),
    ("profiles:\n", ""),
    (
        '  full: {epochs: 200, search.trials: 100, "ablation.seeds": [0, 1, 2, 3, 4]}\n',
        "",
    ),
)


def test_without_a_search_no_arm_may_leave_a_parameter_open(refused, load):
    (violation,) = refused(WITHOUT_SEARCH)
    assert violation.key == "ablation.baseline"
    assert "leaves open: learning_rate" in violation.problem
    closed = WITHOUT_SEARCH.replace(
        "{loss_type: ce}", "{loss_type: ce, learning_rate: 1e-3}"
    )
    assert load(closed).search is None
    (violation,) = refused(closed.replace(", focal_gamma: 2.0", ""))
    assert violation.key == "ablation.designs.ladder.+ focal", (
        "said where it arises, not for the rungs that inherit it"
    )


def test_early_stopping_needs_a_search(refused):
    text = WITHOUT_SEARCH.replace(
        "{loss_type: ce}", "{loss_type: ce, learning_rate: 1e-3}"
    )
    (violation,) = refused(text + "early_terminate: {type: median}\n")
    assert violation.key == "early_terminate.type"


def test_a_study_must_train_something(refused):
    (violation,) = refused(
        "trainer: toy\nmetric: {name: val/loss, goal: minimize}\nparameters: {epochs: 3}\n"
    )
    assert "nothing to train" in violation.problem


def test_a_factorial_too_large_to_train_is_refused_at_once(refused):
    values = list(range(30))
    rates = [1e-3 + v * 1e-5 for v in values]
    factors = (
        f"{{dice_weight: {values}, epochs: {[v + 1 for v in values]}, learning_rate:"
        f" {rates}}}"
    )
    (violation,) = refused(
        edited(("one_at_a_time: {dice_weight: [0.5, 1.0]}", f"factorial: {factors}"))
    )
    assert "27000 cells" in violation.problem
