"""Trainers with known backbones, end to end: random weights, frozen or trained, resumed, cached."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import torch
from PIL import Image

from sweep.worker.local_run import LocalRun
from sweep_trainers import clip, segmentation
from sweep_trainers.clip_towers import backbones
from sweep_trainers.data import cached_arrays
from sweep_trainers.loop import make_optimizer
from sweep_trainers.settings.clip import ClipSettings
from tests.trainers.torchvision_operators import need

need("timm", "torchvision")

PER_CLASS = 8
CLIP: dict[str, Any] = {
    "epochs": 2,
    "embedding_dim": 8,
    "img_size": 32,
    "image_encoder": "timm:test_resnet",
    "image_weights": "random",
    "batch_size": 8,
    "augmentation": "none",
}
FROZEN: dict[str, Any] = {"train_image_encoder": False}
SEGMENTATION: dict[str, Any] = {
    "epochs": 2,
    "image_size": 32,
    "train_images": 6,
    "val_images": 2,
    "test_images": 2,
    "model": "smp:linknet/tu-test_resnet",
    "encoder_weights": "random",
}


def metrics(folder: Path) -> list[dict[str, float]]:
    """What was reported, without what a clock says."""
    lines = [
        orjson.loads(line)
        for line in (folder / "history.jsonl").read_bytes().splitlines()
    ]
    timed = ("seconds", "samples_per_second", "time")
    return [{k: v for k, v in line.items() if k not in timed} for line in lines]


def trained(trainer: Any, folder: Path, config: dict[str, Any], **run: Any) -> Any:
    trainer.train(config, LocalRun(folder, **run))
    return metrics(folder)


@pytest.fixture(autouse=True)
def one_thread():
    """Models this small are slower with several."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """A small configuration of `clip` on a few pictures of two classes."""
    root = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for name, shade in (("bright", 150), ("dark", 20)):
        (root / name).mkdir()
        for i in range(PER_CLASS):
            pixels = (shade + rng.integers(0, 60, (32, 32, 3))).astype("u1")
            Image.fromarray(pixels).save(root / name / f"{i}.png")
    return CLIP | {"data": f"folder:{root}"}


def resumed(trainer: Any, folder: Path, config: dict[str, Any]) -> None:
    """Train without and with an interruption after the first epoch, and compare every number."""
    whole = trained(trainer, folder / "whole", config)
    trained(trainer, folder / "cut", config, on_report=lambda report: report.epoch == 0)
    assert trained(trainer, folder / "cut", config) == whole


class TestAResumedTrialIsTheSameToTheLastBit:
    @pytest.mark.parametrize(
        ("train", "augmentation"), [(True, "light"), (False, "none"), (False, "light")]
    )
    def test_clip(self, tmp_path, config, train, augmentation):
        changes = {"train_image_encoder": train, "augmentation": augmentation}
        resumed(clip, tmp_path, config | changes)

    @pytest.mark.parametrize("train", [True, False])
    def test_segmentation(self, tmp_path, train):
        need("segmentation_models_pytorch")
        resumed(segmentation, tmp_path, SEGMENTATION | {"train_encoder": train})


def test_a_backbone_learns_at_its_own_rate(tmp_path, config):
    settings = ClipSettings(**config | {"backbone_lr_factor": 0.1})
    model = clip.build(settings, clip.prepare(settings, LocalRun(tmp_path)))
    optimizer = make_optimizer(
        settings, model, None, backbones=backbones(model), factor=0.1
    )
    rates = {
        id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]
    }
    inside = {id(p) for p in model.image_encoder.backbone.parameters()}
    assert inside
    assert set(rates) == {id(p) for p in model.parameters()}
    for parameter, rate in rates.items():
        expected = settings.learning_rate * (0.1 if parameter in inside else 1.0)
        assert rate == pytest.approx(expected)


def test_a_frozen_backbone_is_no_part_of_a_checkpoint(tmp_path, config):
    trained(clip, tmp_path, config | FROZEN)
    saved = torch.load(tmp_path / "checkpoints" / "latest.pt", weights_only=True)
    names = list(saved["objects"]["model"])
    assert not any("backbone." in name for name in names)
    about = json.loads((tmp_path / "backbone.json").read_text())
    assert (
        bytes(saved["objects"]["model"]["image_encoder.backbone_hash"].tolist()).hex()
        == about["sha256"]
    )


class TestFeaturesOfAFrozenEncoder:
    @pytest.fixture(autouse=True)
    def own_cache(self, tmp_path, monkeypatch):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setattr(cached_arrays, "_checked", {})

    def files(self, tmp_path):
        return sorted((tmp_path / "cache" / "sweep-trainers").glob("*.npy"))

    def test_are_computed_once_for_all_trials_of_the_same_weights(
        self, tmp_path, config
    ):
        one = trained(clip, tmp_path / "one", config | FROZEN)
        (file,) = self.files(tmp_path)
        written = file.stat().st_mtime_ns
        other = config | FROZEN | {"learning_rate": 1e-3}
        assert trained(clip, tmp_path / "other", other) != one
        assert [f.stat().st_mtime_ns for f in self.files(tmp_path)] == [written]

    def test_of_other_weights_are_others(self, tmp_path, config):
        for seed in (0, 1):
            trained(clip, tmp_path / str(seed), config | FROZEN, seed=seed)
        assert len(self.files(tmp_path)) == 2

    def test_give_the_numbers_of_a_trial_that_computes_them_itself(
        self, tmp_path, config, monkeypatch
    ):
        kept = trained(clip, tmp_path / "kept", config | FROZEN)
        monkeypatch.setattr(clip, "encoded", lambda settings, data, model, run: data)
        computed = trained(clip, tmp_path / "computed", config | FROZEN)
        assert kept[-1]["val/loss"] == pytest.approx(computed[-1]["val/loss"], rel=1e-4)

    def test_that_were_damaged_are_made_again(self, tmp_path, config):
        whole = trained(clip, tmp_path / "whole", config | FROZEN)
        (file,) = self.files(tmp_path)
        content = bytearray(file.read_bytes())
        content[-3] ^= 1
        file.write_bytes(content)
        with pytest.warns(
            UserWarning, match="is not what was written to it; it is made again"
        ):
            assert trained(clip, tmp_path / "again", config | FROZEN) == whole


class TestSettings:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"train_image_encoder": False}, "the compact encoder has no weights but"),
            ({"train_text_encoder": True}, "only text_encoder open_clip:<model>"),
            ({"image_store": "mapped"}, "only data folder:<path> has image files"),
            ({"image_encoder": "resnet18"}, "pattern"),
            ({"image_weights": "imagenet"}, "pattern"),
            ({"backbone_lr_factor": 0}, "greater than 0"),
        ],
    )
    def test_what_has_no_meaning_is_refused(self, changes, message):
        with pytest.raises(ValueError, match=message):
            ClipSettings(**changes)

    def test_an_encoder_of_one_size_names_it(self, tmp_path, config):
        config = config | {"image_encoder": "timm:test_vit"}
        with pytest.raises(ValueError, match="set img_size to 160"):
            clip.train(config, LocalRun(tmp_path))
