"""Regularisation of modality gates: no gate is to shut, or to open, for good."""

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
    """Sum over the gates of their mean distance to an even gate. Not scaled: its weight is the
    caller's, once.

    Args:
        gates: one tensor per gate, any shape, values in [0, 1] (after the sigmoid).
        kind: `half`, mean of (g - ½)²; or `entropy`, mean of log 2 - H(g) in nats, the
            Kullback-Leibler divergence of the gate as a coin from a fair one. Both are ≥ 0 and 0
            exactly at ½; near it `entropy` ≈ 2 (g - ½)². For `entropy` values within 1e-6 of 0 or 1
            are taken as that far away, which bounds value and gradient.

    Returns:
        0-d tensor, float32 or float64.

    Raises:
        ValueError: unknown kind, no gate, or an empty one.
    """
    check_choice("gate regularisation", kind, GATE_REGULARIZATIONS)
    if not gates or any(gate.numel() == 0 for gate in gates):
        raise ValueError(
            "gate_regularization needs at least one non-empty gate, found "
            f"{[tuple(g.shape) for g in gates]}"
        )
    distance = _distance_to_half if kind == "half" else _divergence_from_fair
    return torch.stack([distance(widen(gate)).mean() for gate in gates]).sum()


def _distance_to_half(gate: Tensor) -> Tensor:
    return (gate - 0.5).square()


def _divergence_from_fair(gate: Tensor) -> Tensor:
    g = gate.clamp(_SMALLEST, 1.0 - _SMALLEST)
    return math.log(2.0) + g * g.log() + (1.0 - g) * (-g).log1p()
