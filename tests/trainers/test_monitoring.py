"""What is watched: gradient norms against hand-computed ones, means over samples,
shares that sum to one."""

from __future__ import annotations

import time

import pytest
import torch

from sweep_trainers.monitoring import EpochMeter, gradient_norms


def test_gradient_norms_are_global_and_before_any_weight() -> None:
    a, b = (
        torch.tensor([1.0, 2.0], requires_grad=True),
        torch.tensor(3.0, requires_grad=True),
    )
    terms = {"square": (a**2).sum(), "product": a[0] * b, "other": (b * 0.0 + 7.0)}
    norms = {name: float(norm) for name, norm in gradient_norms(terms, [a, b]).items()}
    assert norms == pytest.approx({"square": 20**0.5, "product": 10**0.5, "other": 0.0})


def test_a_term_without_gradient_or_beside_the_shared_parameters_has_norm_zero() -> (
    None
):
    a, b = torch.tensor(1.0, requires_grad=True), torch.tensor(1.0, requires_grad=True)
    norms = gradient_norms({"constant": torch.tensor(3.0), "elsewhere": b * 2}, [a])
    assert [float(norm) for norm in norms.values()] == [0.0, 0.0]


def test_gradients_already_there_are_left_alone_and_the_graph_is_kept() -> None:
    a = torch.tensor(2.0, requires_grad=True)
    a.grad = torch.tensor(5.0)
    term = a**2
    gradient_norms({"term": term}, [a])
    assert float(a.grad) == 5.0
    term.backward()
    assert float(a.grad) == 9.0


def test_the_meter_averages_over_samples_not_batches() -> None:
    meter = EpochMeter()
    one = {"a": torch.tensor(1.0)}
    for value, samples in ((1.0, 30), (4.0, 10)):
        terms = {"a": torch.tensor(value), "b": torch.tensor(2.0)}
        weights = {"a": torch.tensor(2.0), "b": torch.tensor(0.5)}
        meter.add(terms["a"] * 2 + terms["b"] * 0.5, terms, weights, samples)
    meter.gradient_norms = one
    metrics = meter.metrics(seconds_since=time.perf_counter() - 2.0)
    assert metrics["train/loss"] == pytest.approx((30 * 3 + 10 * 9) / 40)
    assert metrics["train/term/a"] == pytest.approx(1.75)
    assert metrics["train/share/a"] == pytest.approx((30 * 2 / 3 + 10 * 8 / 9) / 40)
    assert metrics["train/share/a"] + metrics["train/share/b"] == pytest.approx(1)
    assert metrics["train/weight/b"] == 0.5
    assert metrics["train/grad_norm/a"] == 1.0
    assert metrics["samples_per_second"] == pytest.approx(20, rel=0.1)


def test_an_epoch_without_a_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="the epoch had no batch"):
        EpochMeter().metrics(seconds_since=0.0)


def test_loss_scaling_does_not_change_the_norms() -> None:
    a = torch.tensor([3.0, 4.0], requires_grad=True)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    scaler.scale(torch.zeros(()))  # the scale exists from its first use on
    assert float(
        gradient_norms({"half": a.square().sum() / 2}, [a], scaler)["half"]
    ) == pytest.approx(5.0)


def test_shares_of_nothing_are_zero() -> None:
    meter = EpochMeter()
    zero = torch.tensor(0.0)
    meter.add(zero, {"a": zero}, {"a": torch.tensor(1.0)}, samples=4)
    assert meter.metrics(seconds_since=time.perf_counter() - 1)["train/share/a"] == 0.0
