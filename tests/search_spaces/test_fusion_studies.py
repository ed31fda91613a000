from pathlib import Path

import pytest

from sweep.ablation.designs import arms
from sweep.model.grids import grid
from sweep.spec import load
from sweep_trainers.settings.fusion import PRESETS

FOLDER = Path(__file__).parents[2] / "search_spaces"
WEIGHTS, GRID = FOLDER / "fusion_weights.yaml", FOLDER / "fusion_grid.yaml"


def test_the_grid_is_the_whole_product_of_the_three_weights():
    configurations = list(grid(load(GRID).parameters))
    assert load(GRID).search.trials == len(configurations) == 48
    found = {
        (c["encoder_loss_weight"], c["cl_loss_weight"], c["gate_reg_weight"])
        for c in configurations
    }
    wanted = {
        (e, c, g)
        for e in (0.01, 0.03, 0.05, 0.1)
        for c in (0.1, 0.2, 0.3)
        for g in (0.001, 0.005, 0.01, 0.05)
    }
    assert found == wanted


def test_the_grids_winner_is_confirmed_on_seeds_it_was_not_chosen_by():
    study = load(GRID)
    best = {"encoder_loss_weight": 0.1, "cl_loss_weight": 0.3, "gate_reg_weight": 0.05}
    assert [arm.name for arm in arms(study, best)] == [
        "baseline",
        "weights before",
        "recommended weights",
    ]
    assert arms(study, best)[0].config.items() >= best.items()
    assert not set(study.ablation.seeds) & set(study.search.seeds)


def test_every_weight_is_varied_alone_from_the_weights_before():
    by_name = {arm.name: arm for arm in arms(load(WEIGHTS))}
    baseline = by_name["baseline"].config
    assert (
        baseline["cl_loss_weight"],
        baseline["encoder_loss_weight"],
        baseline["gate_reg_weight"],
    ) == (
        0.2,
        0.05,
        0.01,
    )
    for name in (
        "encoder_loss_weight",
        "cl_loss_weight",
        "reconstruction_loss",
        "loss_type",
        "weighting",
    ):
        alone = [
            arm
            for arm in by_name.values()
            if arm.design == "one_at_a_time" and set(arm.changes) == {name}
        ]
        tried = {baseline[name], *(arm.config[name] for arm in alone)}
        wanted = {
            "encoder_loss_weight": {0.01, 0.03, 0.05, 0.1},
            "cl_loss_weight": {0.1, 0.2, 0.3, 0.5},
            "reconstruction_loss": {"mse", "smooth_l1"},
            "loss_type": {"nll", "focal"},
            "weighting": {
                "fixed",
                "adaptive",
                "normalized",
                "gradient_balanced",
                "uncertainty",
                "gradnorm",
                "dwa",
            },
        }
        assert tried == wanted[name]


def test_the_recommended_arm_is_the_recommended_preset():
    recommended = next(arm for arm in arms(load(WEIGHTS)) if arm.name == "recommended")
    assert recommended.config.items() >= PRESETS["recommended"].items()


@pytest.mark.parametrize("path", [WEIGHTS, GRID])
def test_the_full_size_budget_is_one_profile_away(path):
    full = load(path, profile="full")
    assert full.parameters["epochs"].domain.value == 200
