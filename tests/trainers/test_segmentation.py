"""The segmentation trainer: its settings and presets, its loss, its scores, what it writes down."""

import json
from fnmatch import fnmatchcase

import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import ValidationError

from sweep.worker.local_run import LocalRun
from sweep_trainers import segmentation
from sweep_trainers.data import faces
from sweep_trainers.losses import cross_entropy, dice_loss, focal_loss
from sweep_trainers.settings.segmentation import (
    METRICS,
    PRESETS,
    SegmentationSettings,
    describe,
)

SMALL = {
    "image_size": 32,
    "train_images": 8,
    "val_images": 4,
    "test_images": 4,
    "width": 4,
    "depth": 2,
    "epochs": 1,
}


OWN = {
    name: value for name, value in SMALL.items() if not name.endswith("_images")
}  # for data that are not faces


def settings(**changes):
    return SegmentationSettings.model_validate(changes)


def trained(folder, config=None, **run):
    """The reports of a trial."""
    reports = []
    segmentation.train(
        SMALL | (config or {}), LocalRun(folder, on_report=reports.append, **run)
    )
    return [report.metrics for report in reports]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return segmentation.prepare(
        settings(**SMALL), LocalRun(tmp_path_factory.mktemp("data"))
    )


class TestSettings:
    def test_the_default_is_the_preset_baseline(self):
        for name, value in PRESETS["baseline"].items():
            assert getattr(settings(), name) == value

    def test_the_table_of_presets(self):
        conservative, aggressive = (
            settings(preset="conservative"),
            settings(preset="aggressive"),
        )
        assert (
            conservative.loss_type,
            conservative.focal_alpha,
            conservative.focal_gamma,
        ) == (
            "focal",
            0.25,
            2.0,
        )
        assert (conservative.ce_weight, conservative.dice_weight) == (1.0, 1.0)
        assert (conservative.learning_rate, conservative.epochs) == (5e-4, 250)
        assert (
            aggressive.loss_type,
            aggressive.focal_alpha,
            aggressive.focal_gamma,
        ) == (
            "focal",
            0.5,
            2.5,
        )
        assert (aggressive.ce_weight, aggressive.dice_weight, aggressive.dropout) == (
            0.7,
            1.8,
            0.2,
        )
        assert (aggressive.learning_rate, aggressive.epochs, aggressive.batch_size) == (
            3e-4,
            300,
            24,
        )

    def test_what_is_said_beside_a_preset_wins(self):
        found = settings(preset="aggressive", epochs=10, loss_type="ce")
        assert (found.epochs, found.loss_type, found.dice_weight) == (10, "ce", 1.8)

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"ce_weight": 0, "dice_weight": 0}, "nothing is left to minimise"),
            ({"image_size": 36, "depth": 3}, "choose a multiple of 8"),
            ({"focal_alpha": -0.5}, "factors must be at least 0"),
            ({"focal_alpha": []}, "factors must be at least 0"),
            ({"data": "brain", "train_images": 10}, "train_images: only data 'faces'"),
            ({"data": "face"}, "pattern"),
            ({"preset": "bold"}, "'baseline', 'conservative' or 'aggressive'"),
            ({"preset": ["baseline"]}, "'baseline', 'conservative' or 'aggressive'"),
            ({"loss_type": "focl"}, "'ce' or 'focal'"),
        ],
    )
    def test_what_cannot_be_trained_is_refused(self, wrong, message):
        with pytest.raises(ValidationError, match=message):
            settings(**wrong)

    def test_synthetic_data_are_called_so(self):
        assert describe({}).startswith("SYNTHETIC")
        assert "real" in describe({"data": "brain"})
        assert describe({"data": "masks:/my/scans"}).endswith("/my/scans")


class TestLoss:
    def terms(self, data, **changes):
        logits = torch.randn(2, 19, 32, 32, generator=torch.Generator().manual_seed(0))
        batch = {"mask": data.train.masks[:2]}
        hyper = segmentation.hyperparameters(settings(**SMALL, **changes), data)
        return segmentation.loss(logits, batch, hyper), logits, batch["mask"]

    def test_cross_entropy_and_dice(self, data):
        terms, logits, masks = self.terms(data)
        torch.testing.assert_close(terms["ce"], cross_entropy(logits, masks))
        torch.testing.assert_close(terms["dice"], dice_loss(logits, masks))

    def test_focal_is_in_the_place_of_cross_entropy(self, data):
        terms, logits, masks = self.terms(
            data, loss_type="focal", focal_alpha=0.5, focal_gamma=2.5
        )
        torch.testing.assert_close(
            terms["ce"], focal_loss(logits, masks, alpha=0.5, gamma=2.5)
        )
        torch.testing.assert_close(terms["dice"], dice_loss(logits, masks))

    def test_focal_alpha_may_be_one_factor_per_class(self, data):
        alpha = torch.linspace(0.1, 1.0, 19)
        terms, logits, masks = self.terms(
            data, loss_type="focal", focal_alpha=alpha.tolist()
        )
        torch.testing.assert_close(
            terms["ce"], focal_loss(logits, masks, alpha=alpha, gamma=2.0)
        )

    def test_a_wrong_number_of_factors_is_refused(self, data):
        with pytest.raises(
            ValueError, match="focal_alpha has 3 factors for 19 classes"
        ):
            self.terms(data, loss_type="focal", focal_alpha=[0.1, 0.2, 0.3])

    def test_class_weights_come_from_training_pixels(self, data):
        hyper = segmentation.hyperparameters(
            settings(**SMALL, class_weights=True), data
        )
        weights = hyper["class_weight"]
        assert weights.mean() == pytest.approx(1.0)
        eye, background = (
            faces.CLASSES.index(name) for name in ("left_eye", "background")
        )
        counts = data.counts.double()
        assert float(weights[eye] / weights[background]) == pytest.approx(
            float(counts[background] / counts[eye])
        )

    def test_the_total_is_the_weighted_sum(self, tmp_path):
        (epoch,) = trained(tmp_path, {"ce_weight": 0.7, "dice_weight": 1.8})
        expected = 0.7 * epoch["train/term/ce"] + 1.8 * epoch["train/term/dice"]
        assert epoch["train/loss"] == pytest.approx(expected, rel=1e-5)
        assert (epoch["train/weight/ce"], epoch["train/weight/dice"]) == pytest.approx(
            (0.7, 1.8)
        )


class TestReports:
    def test_every_reported_name_is_documented(self, tmp_path):
        (epoch,) = trained(tmp_path)
        assert all(
            any(fnmatchcase(name, pattern) for pattern in METRICS) for name in epoch
        )

    def test_validation_loss_is_the_same_whatever_the_arm_minimises(self, tmp_path):
        """With a learning rate too small to matter, arms with other losses have the
        same validation loss."""
        still = {"learning_rate": 1e-12, "weight_decay": 0.0, "warmup_epochs": 0.0}
        (plain,) = trained(tmp_path / "plain", still)
        (focal,) = trained(
            tmp_path / "focal", still | {"loss_type": "focal", "dice_weight": 1.8}
        )
        assert focal["train/loss"] != pytest.approx(plain["train/loss"], rel=1e-2)
        assert focal["val/loss"] == pytest.approx(plain["val/loss"], rel=1e-6)

    def test_the_data_are_described_in_the_trials_folder(self, tmp_path):
        trained(tmp_path)
        said = json.loads((tmp_path / "data.json").read_text())
        assert said["synthetic"] is True
        assert said["images"] == {"train": 8, "val": 4, "test": 4}
        assert said["share_of_training_pixels"]["background"] == pytest.approx(
            0.65, abs=0.002
        )


def test_data_do_not_depend_on_the_trials_seed(tmp_path):
    first = segmentation.prepare(settings(**SMALL), LocalRun(tmp_path / "0", seed=0))
    second = segmentation.prepare(settings(**SMALL), LocalRun(tmp_path / "1", seed=1))
    assert torch.equal(first.val.images, second.val.images)
    other = segmentation.prepare(
        settings(**SMALL, data_seed=1), LocalRun(tmp_path / "2", seed=0)
    )
    assert not torch.equal(first.val.images, other.val.images)


def test_folds_hold_out_their_share(tmp_path):
    data = segmentation.prepare(settings(**SMALL), LocalRun(tmp_path, fold=1, folds=3))
    assert (len(data.train.images), len(data.val.images), len(data.test.images)) == (
        8,
        4,
        4,
    )
    fixed = segmentation.prepare(settings(**SMALL), LocalRun(tmp_path))
    assert not torch.equal(data.val.images, fixed.val.images)
    assert torch.equal(data.test.images, fixed.test.images)


def test_image_and_mask_folders_are_trained_on(tmp_path):
    for part in ("images", "masks"):
        (tmp_path / "scans" / part).mkdir(parents=True)
    for number in range(10):
        mask = np.kron(
            np.random.default_rng(number).integers(0, 3, (4, 4)), np.ones((8, 8))
        ).astype(np.uint8)
        mask[:4] = 255  # ignored
        Image.fromarray(mask % 255 * 60).save(
            tmp_path / "scans" / "images" / f"{number}.png"
        )
        Image.fromarray(mask).save(tmp_path / "scans" / "masks" / f"{number}.png")
    reports = []
    config = OWN | {
        "data": f"masks:{tmp_path / 'scans'}",
        "epochs": 8,
        "augmentation": "light",
    }
    segmentation.train(config, LocalRun(tmp_path / "trial", on_report=reports.append))
    assert reports[-1].metrics["val/f_score"] > 0.6  # the image shows its mask
    assert (
        json.loads((tmp_path / "trial" / "data.json").read_text())["synthetic"] is False
    )


@pytest.mark.parametrize(
    "change",
    [
        {"augmentation": "light"},
        {"augmentation": "strong"},
        {"dropout": 0.2},
        {"attention": "lmsa"},
    ],
)
def test_every_arm_of_the_ladder_changes_training(tmp_path, change):
    (plain,) = trained(tmp_path / "plain")
    (changed,) = trained(tmp_path / "changed", change)
    assert changed["train/loss"] != plain["train/loss"]


def test_missing_masks_are_refused_before_training(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected <path>/images"):
        segmentation.train(
            OWN | {"data": f"masks:{tmp_path / 'nowhere'}"},
            LocalRun(tmp_path / "trial"),
        )
