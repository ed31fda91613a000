"""The shipped studies of the clip trainer: what they compare, and that every arm is a
configuration it can train."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from sweep.ablation.designs import arms
from sweep.spec import load
from sweep_trainers.settings.clip import ClipSettings

FOLDER = Path(__file__).parents[2] / "search_spaces"
LOSSES, SUPERCLIP = FOLDER / "clip_losses.yaml", FOLDER / "superclip.yaml"


@pytest.mark.parametrize("file", [LOSSES, SUPERCLIP])
@pytest.mark.parametrize("profile", [None, "quick", "full"])
def test_every_arm_can_be_trained(file: Path, profile: str | None) -> None:
    for arm in arms(load(file, profile=profile)):
        ClipSettings.model_validate(dict(arm.config))


@pytest.mark.parametrize("field", ["loss_type", "class_weight_method"])
def test_every_loss_and_every_class_weight_has_an_arm(field: str) -> None:
    tried = {arm.config[field] for arm in arms(load(LOSSES))}
    assert tried == set(get_args(ClipSettings.model_fields[field].annotation))


def test_zero_shot_and_balanced_sampling_are_arms_of_their_own() -> None:
    changed = [set(arm.changes) for arm in arms(load(LOSSES))]
    assert {"zero_shot"} in changed
    assert {"use_weighted_sampling"} in changed
    assert {"multi_positive"} in changed


def test_no_two_arms_of_superclip_differ_in_the_scale_of_the_weights_alone() -> None:
    ratios = []
    for arm in arms(load(SUPERCLIP)):
        if arm.config["loss_type"] == "superclip":
            weights = (
                arm.config["class_loss_weight"],
                arm.config["contrastive_loss_weight"],
            )
            ratios.append((weights[0] / sum(weights), weights[1] / sum(weights)))
    assert len(set(ratios)) == len(ratios)


def test_each_term_of_superclip_is_left_out_and_their_ratio_varied_both_ways() -> None:
    changed = {}
    for arm in arms(load(SUPERCLIP))[1:]:
        for name, value in arm.changes.items():
            changed.setdefault(name, set()).add(value)
    assert changed["class_loss_weight"] == {0, 0.25, 0.5, 2.0, 4.0}
    assert changed["contrastive_loss_weight"] == {0}
    assert load(SUPERCLIP, profile="folds").ablation.folds == 5
