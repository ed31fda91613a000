"""Learning rate and early stopping: laws of the schedule, and when patience is used up."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sweep_trainers.schedule import (
    EarlyStopping,
    learning_rate_factor,
    set_learning_rate,
)
from sweep_trainers.settings.training import TrainingSettings


def settings(**changes: Any) -> TrainingSettings:
    return TrainingSettings(**{"epochs": 10, **changes})


def factors(steps_per_epoch: int = 4, **changes: Any) -> list[float]:
    chosen = settings(**changes)
    return [
        learning_rate_factor(chosen, step, steps_per_epoch)
        for step in range(chosen.epochs * steps_per_epoch)
    ]


def test_cosine_is_torchs_own() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    reference = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40)
    expected = []
    for _ in range(40):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        reference.step()
    assert factors(schedule="cosine") == pytest.approx(expected)


@given(
    st.sampled_from(["constant", "cosine"]),
    st.floats(0, 12),
    st.integers(1, 12),
    st.integers(1, 9),
)
def test_the_factor_rises_then_never_rises_again(
    schedule: str, warmup: float, epochs: int, steps: int
) -> None:
    curve = factors(steps, schedule=schedule, warmup_epochs=warmup, epochs=epochs)
    peak = curve.index(max(curve))
    assert all(0 < factor <= 1 for factor in curve)
    assert curve[:peak] == sorted(curve[:peak])
    assert curve[peak:] == sorted(curve[peak:], reverse=True)


def test_warm_up_is_linear_and_wastes_no_step() -> None:
    assert factors(schedule="constant", warmup_epochs=1.25)[:6] == pytest.approx(
        [0.2, 0.4, 0.6, 0.8, 1.0, 1.0]
    )


def test_every_group_keeps_its_own_peak() -> None:
    groups = [
        {"params": [torch.zeros(1, requires_grad=True)], "lr": rate}
        for rate in (1.0, 0.1)
    ]
    optimizer = torch.optim.SGD(groups, lr=1.0)
    for step in (0, 19, 39):
        set_learning_rate(optimizer, settings(), step, 4)
        factor = learning_rate_factor(settings(), step, 4)
        assert [group["lr"] for group in optimizer.param_groups] == pytest.approx(
            [factor, 0.1 * factor]
        )


# --------------------------------------------------------------- early stopping


def epochs_until_stop(values: list[float], **changes: Any) -> int | None:
    stopping = EarlyStopping(
        settings(**{"patience": 2, "monitor": "val/f1", **changes})
    )
    name = changes.get("monitor", "val/f1")
    return next(
        (epoch for epoch, value in enumerate(values) if stopping.update({name: value})),
        None,
    )


def test_it_stops_after_patience_epochs_without_improvement() -> None:
    assert epochs_until_stop([0.1, 0.2, 0.2, 0.1, 0.9]) == 3
    assert epochs_until_stop([0.1, 0.2, 0.1, 0.3, 0.2]) is None


def test_without_patience_it_never_stops_and_needs_no_metric() -> None:
    assert epochs_until_stop([0.5] * 50, patience=0) is None
    assert EarlyStopping(settings(patience=0)).update({}) is False


def test_an_improvement_below_min_delta_does_not_count() -> None:
    rising = [0.10, 0.15, 0.20, 0.25]
    assert epochs_until_stop(rising, min_delta=0.04) is None
    assert epochs_until_stop(rising, min_delta=0.2) == 2


@pytest.mark.parametrize(
    ("monitor", "goal", "stops"),
    [
        ("val/loss", "auto", None),
        ("val/f1", "auto", 2),
        ("val/f1", "minimize", None),
        ("val/loss", "maximize", 2),
    ],
)
def test_a_loss_is_minimized_unless_said_otherwise(
    monitor: str, goal: str, stops: int | None
) -> None:
    assert (
        epochs_until_stop([0.9, 0.8, 0.7, 0.6], monitor=monitor, monitor_goal=goal)
        == stops
    )


def test_not_a_number_is_never_an_improvement() -> None:
    assert epochs_until_stop([math.nan, math.nan, 0.3]) == 1
    assert epochs_until_stop([0.3, math.nan, 0.4, 0.5]) is None


def test_a_monitor_that_is_not_reported_is_refused_with_what_is() -> None:
    with pytest.raises(
        ValueError,
        match="monitor 'val/f1' is not reported; one of: val/accuracy, val/loss",
    ):
        EarlyStopping(settings(patience=1, monitor="val/f1")).update(
            {"val/loss": 1.0, "val/accuracy": 0.5}
        )


def test_its_state_goes_on_where_it_was() -> None:
    first = EarlyStopping(settings(patience=2, monitor="val/f1"))
    first.update({"val/f1": 0.5})
    first.update({"val/f1": 0.4})
    second = EarlyStopping(settings(patience=2, monitor="val/f1"))
    second.load_state_dict(first.state_dict())
    assert not second.stopped
    assert second.update({"val/f1": 0.5})
    assert second.stopped
