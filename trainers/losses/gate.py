"""Regularisation of modality gates, which keeps a gate from staying fully open or closed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from .names import check_choice
from .precision import widen

GateRegularization = Literal["half", "entropy"]
GATE_REGULARIZATIONS: tuple[GateRegularization, ...] = ("half", "entropy")
_SMALLEST = 1e-6


def gate_regularization(
    gates: Sequence[Tensor], *, kind: GateRegularization = "half"
) -> Tensor:
    """Return the sum over the gates of the mean distance to ½, without a weight.

    Args:
        gates: one tensor per gate, any shape, values in [0, 1] (after the sigmoid).
        kind: `half` is the mean of (g - ½)². `entropy` is the mean of log 2 - H(g) in nats, the
            Kullback-Leibler divergence of Bernoulli(g) from Bernoulli(½). Both are ≥ 0, and 0
            exactly at ½; near it `entropy` ≈ 2 (g - ½)². `entropy` clamps g to [1e-6, 1 - 1e-6],
            which bounds value and gradient.

    Returns:
        0-d tensor, float32 or float64.

    Raises:
        ValueError: unknown kind, no gate, or an empty one.
    """
    check_choice("gate regularisation", kind, GATE_REGULARIZATIONS)
    if not gates or any(gate.numel() == 0 for gate in gates):
        shapes = [tuple(gate.shape) for gate in gates]
        raise ValueError(
            f"gate_regularization needs at least one non-empty gate, found {shapes}"
        )
    distance = _squared_distance if kind == "half" else _divergence
    mean_distances = [distance(widen(gate)).mean() for gate in gates]
    return torch.stack(mean_distances).sum()


def _squared_distance(gate: Tensor) -> Tensor:
    """Return (g - ½)² of each value."""
    return (gate - 0.5).square()


def _divergence(gate: Tensor) -> Tensor:
    """Return log 2 - H(g) of each value."""
    g = gate.clamp(_SMALLEST, 1.0 - _SMALLEST)
    return math.log(2.0) + g * g.log() + (1.0 - g) * (-g).log1p()
