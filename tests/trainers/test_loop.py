"""The training loop: a resumed fit equals an uninterrupted one; terms are watched;
precision, clipping, stopping."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
import torch
from torch import Tensor, nn

from sweep.worker.local_run import LocalRun
from sweep_trainers.loop import (
    Batch,
    Weighting,
    autocast,
    fit,
    make_optimizer,
    pick_device,
    seed_everything,
)
from sweep_trainers.losses import make_weighting
from sweep_trainers.settings.training import TrainingSettings

INPUTS = torch.randn(96, 6, generator=torch.Generator().manual_seed(0))
LABELS = (INPUTS[:, 0] > 0).long() + (INPUTS[:, 1] > 0).long()
EPOCHS = 4


def build() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Dropout(0.2), nn.Linear(12, 3))


def terms(outputs: Tensor, batch: Batch, hyper: Mapping[str, Any]) -> dict[str, Tensor]:
    logits = outputs.float()
    return {
        "class": nn.functional.cross_entropy(logits, batch["label"]),
        "size": hyper["scale"] * logits.square().mean(),
    }


def train(
    run: LocalRun,
    weighting: Weighting | None = None,
    scale: float = 0.1,
    **changes: Any,
) -> tuple[nn.Module, dict[str, float]]:
    generator = seed_everything(run.seed)
    model = build()

    def batches(epoch: int) -> Iterator[Batch]:
        for chosen in torch.randperm(96, generator=generator).split(24):
            yield {"input": INPUTS[chosen], "label": LABELS[chosen]}

    def evaluate(model: nn.Module) -> dict[str, float]:
        assert not model.training
        assert not torch.is_grad_enabled()
        return {
            "val/accuracy": float((model(INPUTS).argmax(1) == LABELS).float().mean())
        }

    metrics = fit(
        run,
        TrainingSettings(**{"epochs": EPOCHS, "learning_rate": 0.02, **changes}),
        model=model,
        forward=lambda model, batch: model(batch["input"]),
        loss=terms,
        hyperparameters={"scale": scale},
        batches=batches,
        steps_per_epoch=4,
        evaluate=evaluate,
        generator=generator,
        weighting=weighting,
    )
    return model, metrics


def history(folder: Path) -> list[dict[str, Any]]:
    clocks = ("seconds", "samples_per_second")
    lines = (folder / "history.jsonl").read_bytes().splitlines()
    return [
        {k: v for k, v in orjson.loads(line).items() if k not in clocks}
        for line in lines
    ]


def equal(a: nn.Module, b: nn.Module) -> bool:
    return all(
        torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True)
    )


VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "warm-up, constant, clipped": {
        "warmup_epochs": 1.5,
        "schedule": "constant",
        "gradient_clip": 0.1,
    },
    "bfloat16": {"precision": "bfloat16"},
    "early stopping": {"patience": 3, "monitor": "val/accuracy"},
}
POLICIES = ("adaptive", "uncertainty", "gradnorm", "dwa", "gradient_balanced")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("last", [0, 2])
def test_a_resumed_fit_equals_an_uninterrupted_one(
    tmp_path: Path, variant: str, last: int
) -> None:
    whole, _ = train(LocalRun(tmp_path / "whole", seed=3), **VARIANTS[variant])
    train(
        LocalRun(tmp_path / "parts", seed=3, on_report=lambda r: r.epoch == last),
        **VARIANTS[variant],
    )
    torch.manual_seed(99)
    parts, _ = train(LocalRun(tmp_path / "parts", seed=3), **VARIANTS[variant])
    assert equal(whole, parts)
    assert history(tmp_path / "parts") == history(tmp_path / "whole")


@pytest.mark.parametrize("policy", POLICIES)
def test_a_weighting_that_learns_resumes_too(tmp_path: Path, policy: str) -> None:
    def weighting() -> Weighting:
        return make_weighting(policy, terms=("class", "size"))

    whole, _ = train(LocalRun(tmp_path / "whole"), weighting())
    train(LocalRun(tmp_path / "parts", on_report=lambda r: r.epoch == 1), weighting())
    parts, _ = train(LocalRun(tmp_path / "parts"), weighting())
    assert equal(whole, parts)
    assert history(tmp_path / "parts") == history(tmp_path / "whole")


def test_it_learns(tmp_path: Path) -> None:
    _, metrics = train(LocalRun(tmp_path), epochs=20)
    assert metrics["val/accuracy"] > 0.8  # three classes, half of the samples in one


def test_every_term_is_watched(tmp_path: Path) -> None:
    _, metrics = train(
        LocalRun(tmp_path),
        make_weighting("fixed", ("class", "size"), {"class": 1.0, "size": 0.5}),
    )
    for term in ("class", "size"):
        assert {
            f"train/{what}/{term}" for what in ("term", "share", "grad_norm", "weight")
        } <= metrics.keys()
    assert metrics["train/weight/size"] == 0.5
    total = metrics["train/term/class"] + 0.5 * metrics["train/term/size"]
    assert metrics["train/loss"] == pytest.approx(total, rel=1e-5)
    assert metrics["learning_rate"] > 0
    assert metrics["samples_per_second"] > 0


def test_without_a_weighting_the_terms_are_added(tmp_path: Path) -> None:
    _, metrics = train(LocalRun(tmp_path))
    assert metrics["train/weight/class"] == metrics["train/weight/size"] == 1.0
    assert metrics["train/loss"] == pytest.approx(
        metrics["train/term/class"] + metrics["train/term/size"], rel=1e-5
    )


def test_the_loss_sees_its_hyperparameters(tmp_path: Path) -> None:
    _, small = train(LocalRun(tmp_path / "small"), scale=0.0)
    _, large = train(LocalRun(tmp_path / "large"), scale=1.0)
    assert small["train/term/size"] == 0.0 < large["train/term/size"]


def test_it_stops_when_told_and_when_patience_is_used_up(tmp_path: Path) -> None:
    train(LocalRun(tmp_path / "told", on_report=lambda r: r.epoch == 1))
    assert len(history(tmp_path / "told")) == 2
    train(
        LocalRun(tmp_path / "patience"),
        patience=1,
        monitor="val/accuracy",
        min_delta=1.0,
        epochs=9,
    )
    assert len(history(tmp_path / "patience")) == 2


def test_a_trial_killed_after_its_last_report_does_not_train_on(tmp_path: Path) -> None:
    changes = {"patience": 1, "monitor": "val/accuracy", "min_delta": 1.0, "epochs": 9}
    train(LocalRun(tmp_path), **changes)
    train(LocalRun(tmp_path), **changes)
    assert len(history(tmp_path)) == 2


def test_gradients_are_clipped_to_the_norm_asked_for(tmp_path: Path) -> None:
    """With plain SGD a step moves the weights by at most learning rate × norm."""
    generator = seed_everything(0)
    model = build()
    before = nn.utils.parameters_to_vector(model.parameters()).detach().clone()
    fit(
        LocalRun(tmp_path),
        TrainingSettings(epochs=1, schedule="constant", gradient_clip=0.01),
        model=model,
        forward=lambda model, batch: model(batch["input"]),
        loss=terms,
        hyperparameters={"scale": 100.0},
        batches=lambda epoch: [{"input": INPUTS, "label": LABELS}],
        steps_per_epoch=1,
        evaluate=lambda model: {},
        generator=generator,
        optimizer=torch.optim.SGD(model.parameters(), lr=1.0),
    )
    moved = nn.utils.parameters_to_vector(model.parameters()).detach() - before
    assert float(moved.norm()) == pytest.approx(0.01, rel=1e-4)


def test_weights_decay_but_biases_and_learned_loss_weights_do_not() -> None:
    weighting = make_weighting("uncertainty", terms=("class", "size"))
    optimizer = make_optimizer(TrainingSettings(weight_decay=0.3), build(), weighting)
    decay = {
        tuple(p.shape): group["weight_decay"]
        for group in optimizer.param_groups
        for p in group["params"]
    }
    assert {shape: value for shape, value in decay.items() if len(shape) == 2} == {
        (12, 6): 0.3,
        (3, 12): 0.3,
    }
    assert {value for shape, value in decay.items() if len(shape) < 2} == {0.0}
    learned = {id(p) for group in optimizer.param_groups for p in group["params"]}
    assert {id(p) for p in weighting.parameters()} <= learned


def walked(tensor: torch.Tensor) -> list[tuple[int, int]]:
    """Sizes and strides that say where an element lies; a dimension of one element has
    a stride that says nothing."""
    return [
        (size, stride)
        for size, stride in zip(tensor.shape, tensor.stride(), strict=True)
        if size > 1
    ]


@pytest.fixture
def convolutions() -> nn.Module:
    """With the gradients of a step on images in channels-last order, which cuDNN and
    oneDNN return as they please."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8), nn.Conv2d(8, 4, 1))
    images = torch.randn(2, 3, 8, 8).to(memory_format=torch.channels_last)
    model(images).square().sum().backward()
    return model


def test_gradients_are_laid_out_like_their_parameters_for_the_fused_optimizer(
    convolutions: nn.Module,
) -> None:
    for parameter in convolutions.parameters():
        assert parameter.grad is not None
        assert walked(parameter.grad) == walked(parameter)


def test_the_fused_step_is_the_plain_one_where_gradients_are_laid_out_otherwise(
    convolutions: nn.Module,
) -> None:
    twin = copy.deepcopy(convolutions)
    for parameter, other in zip(
        convolutions.parameters(), twin.parameters(), strict=True
    ):
        other.grad = None if parameter.grad is None else parameter.grad.clone()
    make_optimizer(TrainingSettings(), convolutions, None).step()
    plain = make_optimizer(TrainingSettings(), twin, None)
    for group in plain.param_groups:
        group["fused"] = False
    plain.step()
    for parameter, other in zip(
        convolutions.parameters(), twin.parameters(), strict=True
    ):
        torch.testing.assert_close(parameter, other)


def test_float16_without_a_gpu_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"float16.*needs a GPU.*'float32' or 'bfloat16'"
    ):
        autocast("float16", torch.device("cpu"))


def test_precision_decides_the_type_of_the_forward_pass() -> None:
    for precision, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        with autocast(precision, torch.device("cpu")):
            assert build()(INPUTS).dtype == dtype


def test_the_data_order_does_not_depend_on_how_many_numbers_the_model_drew() -> None:
    first = seed_everything(7)
    torch.rand(1000)
    assert torch.equal(
        torch.rand(5, generator=first), torch.rand(5, generator=seed_everything(7))
    )
    assert not torch.equal(
        torch.rand(5, generator=seed_everything(7)),
        torch.rand(5, generator=seed_everything(8)),
    )


def test_the_device_is_the_gpu_where_there_is_one() -> None:
    assert pick_device().type == ("cuda" if torch.cuda.is_available() else "cpu")
