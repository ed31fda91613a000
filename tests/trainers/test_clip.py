"""Trainer `clip` beyond the conformance of every trainer: folds, zero-shot, data from
disk, sampling, text encoders."""

from __future__ import annotations

import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pydantic
import pytest
import torch
from PIL import Image

from sweep.worker.local_run import LocalRun
from sweep_trainers.clip import (
    batches,
    build,
    hyperparameters,
    loss,
    prepare,
    term_weights,
    train,
)
from sweep_trainers.loop import seed_everything
from sweep_trainers.losses import class_weights
from sweep_trainers.models.dual_encoder import DualEncoder
from sweep_trainers.settings.clip import ClipSettings

SMALL: dict[str, Any] = {"epochs": 2, "width": 4, "embedding_dim": 8}


def settings(**changes: Any) -> ClipSettings:
    return ClipSettings(**{**SMALL, **changes})


def history(folder: Path) -> list[dict[str, Any]]:
    return [
        orjson.loads(line)
        for line in (folder / "history.jsonl").read_bytes().splitlines()
    ]


def trained(
    folder: Path, fold: int | None = None, folds: int | None = None, **changes: Any
) -> list[dict[str, Any]]:
    train({**SMALL, **changes}, LocalRun(folder, fold=fold, folds=folds))
    return history(folder)


# ------------------------------------------------------------------------ the loss


@pytest.mark.parametrize(
    ("changes", "weighted"),
    [
        ({"loss_type": "standard"}, False),
        ({"loss_type": "weighted"}, True),
        ({"loss_type": "focal"}, False),
        ({"loss_type": "focal", "focal_alpha": True}, True),
        ({"loss_type": "superclip"}, True),
        ({"loss_type": "standard", "focal_alpha": True}, False),
    ],
)
def test_class_weights_are_used_exactly_where_the_loss_type_says_so(
    tmp_path: Path, changes: dict[str, Any], weighted: bool
) -> None:
    chosen = settings(**changes)
    hyper = hyperparameters(chosen, prepare(chosen, LocalRun(tmp_path)))
    assert (hyper["class_weight"] is not None) is weighted


def test_class_weights_come_from_the_training_part_of_the_fold(tmp_path: Path) -> None:
    chosen = settings(loss_type="weighted", class_weight_method="sqrt_inverse")
    data = prepare(chosen, LocalRun(tmp_path, fold=1, folds=3))
    expected = class_weights(torch.bincount(data.train.labels), "sqrt_inverse")
    torch.testing.assert_close(
        hyperparameters(chosen, data)["class_weight"].cpu(), expected
    )


def test_the_loss_is_a_function_of_its_hyperparameters_that_vmap_can_spread(
    tmp_path: Path,
) -> None:
    """One loss for many trials at once: their gammas and temperatures as 0-d tensors
    under `torch.func.vmap`."""
    chosen = settings(loss_type="focal", focal_alpha=True)
    data = prepare(chosen, LocalRun(tmp_path))
    generator = seed_everything(0)
    model = build(chosen, data).to(data.train.device)
    batch = next(batches(chosen, data, generator))
    hyper = hyperparameters(chosen, data)
    with torch.no_grad():
        outputs = model(batch["image"])

    def one(gamma: Any, temperature: Any) -> torch.Tensor:
        return loss(
            outputs, batch, hyper | {"gamma": gamma, "temperature": temperature}
        )["contrastive"]

    gammas, temperatures = torch.tensor([0.0, 1.0, 2.5]), torch.tensor([0.07, 0.1, 0.2])
    together = torch.func.vmap(one)(gammas, temperatures)
    apart = [
        float(one(float(g), float(t)))
        for g, t in zip(gammas, temperatures, strict=True)
    ]
    assert together.tolist() == pytest.approx(apart, rel=1e-5)


def test_superclips_terms_carry_the_weights_of_the_settings(tmp_path: Path) -> None:
    last = trained(
        tmp_path,
        loss_type="superclip",
        class_loss_weight=2.0,
        contrastive_loss_weight=0.5,
    )[-1]
    assert last["train/weight/class"] == 2.0
    assert last["train/weight/contrastive"] == 0.5
    assert term_weights(settings(loss_type="standard")) is None


def test_superclip_without_any_term_is_refused() -> None:
    with pytest.raises(pydantic.ValidationError, match="nothing is left to minimise"):
        settings(loss_type="superclip", class_loss_weight=0, contrastive_loss_weight=0)


# ------------------------------------------------------------------------ the data


def test_a_fold_is_trained_and_described(tmp_path: Path) -> None:
    trained(tmp_path, fold=2, folds=5)
    info = orjson.loads((tmp_path / "folds_info.json").read_bytes())
    assert (info["fold"], info["n_splits"]) == (2, 5)
    assert info["counts"]["train"] == [116, 19, 19, 9, 6, 2, 2]


def test_without_folds_nothing_is_said_about_folds(tmp_path: Path) -> None:
    trained(tmp_path, epochs=1)
    assert not (tmp_path / "folds_info.json").exists()


def test_the_trials_seed_changes_the_model_but_not_the_data(tmp_path: Path) -> None:
    first, second = (
        prepare(settings(), LocalRun(tmp_path / str(seed), seed=seed))
        for seed in (0, 1)
    )
    assert torch.equal(first.train.pictures.images, second.train.pictures.images)
    assert torch.equal(first.test.pictures.images, second.test.pictures.images)
    other = prepare(settings(data_seed=1), LocalRun(tmp_path))
    assert not torch.equal(first.train.pictures.images, other.train.pictures.images)


def test_a_batch_pairs_each_image_with_a_sentence_of_its_own_class(
    tmp_path: Path,
) -> None:
    chosen = settings(augmentation="none")
    data = prepare(chosen, LocalRun(tmp_path))
    epoch = list(batches(chosen, data, seed_everything(0)))
    assert sum(len(batch["label"]) for batch in epoch) == len(data.train.labels)
    for batch in epoch:
        assert torch.equal(
            data.texts.owner[batch["sentence"].cpu()], batch["label"].cpu()
        )
        assert float(batch["image"].min()) >= 0
        assert float(batch["image"].max()) <= 1


def test_weighted_sampling_evens_the_classes_out(tmp_path: Path) -> None:
    data = prepare(settings(), LocalRun(tmp_path))

    def share_of_largest_class(**changes: Any) -> float:
        generator = seed_everything(0)
        epochs = [list(batches(settings(**changes), data, generator)) for _ in range(5)]
        labels = torch.cat([batch["label"] for epoch in epochs for batch in epoch])
        return float((labels == 0).float().mean())

    natural = share_of_largest_class()
    smoothed = share_of_largest_class(
        use_weighted_sampling=True, weight_smooth_factor=0.5
    )
    even = share_of_largest_class(use_weighted_sampling=True)
    assert natural == pytest.approx(116 / 173, abs=1e-6)
    assert even == pytest.approx(1 / 7, abs=0.06)
    assert even < smoothed < natural


def test_it_trains_on_an_image_folder_with_its_own_texts(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name, red in (("rot", 220), ("blau", 20)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(12):
            pixels = rng.integers(0, 40, (10, 10, 3)) + np.array(
                [red - 20, 40, 220 - red]
            )
            Image.fromarray(pixels.astype("u1")).save(
                tmp_path / "photos" / name / f"{i}.png"
            )
    (tmp_path / "texts.json").write_bytes(
        orjson.dumps({"rot": "red all over", "blau": ["blue", "a blue square"]})
    )
    epochs = trained(
        tmp_path / "run",
        data=f"folder:{tmp_path / 'photos'}",
        class_texts=str(tmp_path / "texts.json"),
        img_size=8,
        num_workers=2,
        batch_size=4,
        epochs=5,
        learning_rate=0.01,
    )
    assert max(epoch["test/accuracy"] for epoch in epochs) == 1.0
    assert {"val/f1/rot", "val/f1/blau"} <= epochs[0].keys()


def test_missing_data_are_refused_before_anything_is_trained(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        trained(tmp_path / "run", data=f"npz:{tmp_path / 'nowhere.npz'}")
    assert not (tmp_path / "run" / "history.jsonl").exists()


# -------------------------------------------------------------- zero-shot and weights


def test_zero_shot_reports_once_and_is_near_chance_without_weights(
    tmp_path: Path,
) -> None:
    epochs = trained(tmp_path, zero_shot=True, epochs=9)
    assert len(epochs) == 1
    assert epochs[0]["test/balanced_accuracy"] < 0.35  # seven classes
    assert not any(name.startswith("train/") for name in epochs[0])


def test_zero_shot_resumed_after_its_report_has_nothing_left_to_do(
    tmp_path: Path,
) -> None:
    trained(tmp_path, zero_shot=True)
    assert len(trained(tmp_path, zero_shot=True)) == 1


def test_zero_shot_of_a_trained_model_measures_that_model(tmp_path: Path) -> None:
    last = trained(tmp_path / "first")[-1]
    checkpoint = tmp_path / "first" / "checkpoints" / "latest.pt"
    (again,) = trained(
        tmp_path / "second", zero_shot=True, initial_weights=str(checkpoint)
    )
    assert again["test/map"] == last["test/map"]
    assert again["val/loss"] == last["val/loss"]


def test_weights_that_do_not_fit_or_do_not_exist_are_refused(tmp_path: Path) -> None:
    trained(tmp_path / "first", epochs=1)
    checkpoint = str(tmp_path / "first" / "checkpoints" / "latest.pt")
    with pytest.raises(ValueError, match="belong to another model"):
        trained(tmp_path / "wider", initial_weights=checkpoint, width=8)
    with pytest.raises(
        FileNotFoundError, match=r"initial_weights .*gone\.pt does not exist"
    ):
        trained(tmp_path / "gone", initial_weights=str(tmp_path / "gone.pt"))
    (tmp_path / "text.pt").write_text("no checkpoint")
    with pytest.raises(ValueError, match="not a checkpoint of plain tensors"):
        trained(tmp_path / "text", initial_weights=str(tmp_path / "text.pt"))


# ------------------------------------------------------------------- text encoders


def test_a_pretrained_text_encoder_that_is_not_installed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(
        ValueError,
        match=r"pip install 'sweep-ablation\[text\]', or use text_encoder: learned",
    ):
        trained(tmp_path, text_encoder="pretrained:/models/mini")


class FakeSentenceTransformer:
    """Stands for the optional package: features that depend on the sentence alone."""

    def __init__(self, name: str, device: str):
        if not name.startswith("/models/"):
            raise OSError("no such folder")

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        return np.stack(
            [np.random.default_rng(len(s)).normal(size=12) for s in sentences]
        ).astype("f4")


@pytest.fixture
def fake_package(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("sentence_transformers")
    module.SentenceTransformer = FakeSentenceTransformer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)


@pytest.mark.usefixtures("fake_package")
def test_a_pretrained_text_encoder_is_frozen_under_a_learned_projection(
    tmp_path: Path,
) -> None:
    chosen = settings(text_encoder="pretrained:/models/mini")
    data = prepare(chosen, LocalRun(tmp_path))
    model = build(chosen, data)
    assert isinstance(model, DualEncoder)
    assert model.texts.shape == (len(data.texts.sentences), 12)
    assert not model.texts.requires_grad
    assert (
        trained(tmp_path / "run", text_encoder="pretrained:/models/mini")[-1][
            "train/loss"
        ]
        > 0
    )


@pytest.mark.usefixtures("fake_package")
def test_a_pretrained_text_encoder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pretrained:elsewhere: no such model"):
        trained(tmp_path, text_encoder="pretrained:elsewhere")


# -------------------------------------------------------------------- the settings


@pytest.mark.parametrize(
    "change",
    [
        {"loss_type": "focl"},
        {"focal_gamma": -1},
        {"batch_size": 1},
        {"data": "folder"},
        {"text_encoder": "pretrained:"},
        {"temperature": 0},
        {"learning_rate": float("nan")},
    ],
)
def test_values_out_of_bounds_are_refused_by_name(change: dict[str, Any]) -> None:
    with pytest.raises(pydantic.ValidationError) as refusal:
        settings(**change)
    assert [error["loc"] for error in refusal.value.errors()] == [tuple(change)]


def test_early_stopping_watches_the_validation_set_by_default(tmp_path: Path) -> None:
    epochs = trained(tmp_path, epochs=9, patience=1, min_delta=1.0)
    assert len(epochs) == 2


def test_bfloat16_on_a_cpu_trains(tmp_path: Path) -> None:
    assert len(trained(tmp_path, precision="bfloat16")) == 2
