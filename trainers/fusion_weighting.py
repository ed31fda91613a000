"""The weighting of `fusion`: three weighted terms, made of the five that are monitored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .loop import Terms
from .losses import Weighting, make_weighting
from .settings.fusion import FusionSettings


class EncoderGrouping:
    """A policy over three terms; the term `encoder` is a sum of three parts.

        encoder = global + inter + gate_reg_weight · gate

    The policy weights `classification`, `contrastive` and `encoder`. Each part is reported with its
    weight in the total: the weight of `encoder`, for the gate multiplied by `gate_reg_weight`.

    Args:
        policy: the policy over the three terms.
        gate_reg_weight: the weight of `gate` in `encoder`.
    """

    def __init__(self, policy: Weighting, gate_reg_weight: float):
        self.policy = policy
        self.gate_reg_weight = gate_reg_weight

    def __call__(
        self, terms: Terms, shared: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the total, which has a gradient, and the weight of each of the five terms in
        it.
        """
        total, weights = self.policy(self._grouped(terms), shared)
        encoder = weights["encoder"]
        return total, {
            "classification": weights["classification"],
            "contrastive": weights["contrastive"],
            "global": encoder,
            "inter": encoder,
            "gate": encoder * self.gate_reg_weight,
        }

    def parameters(self) -> list[nn.Parameter]:
        """Return what the policy learns."""
        return self.policy.parameters()

    def epoch_end(self, mean_terms: Mapping[str, float]) -> None:
        """Pass each term's mean over the epoch on to the policy."""
        self.policy.epoch_end(self._grouped(mean_terms))

    def state_dict(self) -> dict[str, Any]:
        """Return the policy's state."""
        return self.policy.state_dict()

    def load_state_dict(self, state_dict: Any) -> None:
        """Restore the state that `state_dict` returned."""
        self.policy.load_state_dict(state_dict)

    def _grouped(self, terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return the three terms of the policy from the five."""
        gate = self.gate_reg_weight * terms["gate"]
        return {
            "classification": terms["classification"],
            "contrastive": terms["contrastive"],
            "encoder": terms["global"] + terms["inter"] + gate,
        }


def term_weights(settings: FusionSettings, device: torch.device) -> EncoderGrouping:
    """Return the policy that `settings.weighting` names, which learns on `device`.

    It starts from the weights in the settings.
    """
    initial = {
        "classification": 1.0,
        "contrastive": settings.cl_loss_weight,
        "encoder": settings.encoder_loss_weight,
    }
    policy = make_weighting(
        settings.weighting, terms=tuple(initial), initial=initial, device=device
    )
    return EncoderGrouping(policy, settings.gate_reg_weight)
