"""The three weighted terms of `fusion`, from the five terms that it computes and monitors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .loop import Terms
from .losses import Weighting, make_weighting
from .settings.fusion import FusionSettings


class EncoderGrouping:
    """A policy over three terms, of which `encoder` is the sum of three parts.

        encoder = global + inter + gate_reg_weight · gate

    The policy weighs `classification`, `contrastive` and this sum. Each part is reported with its
    weight in the total: the encoder's weight, for the gate times `gate_reg_weight`.

    Args:
        policy: weighs the three terms.
        gate_reg_weight: of `gate` inside `encoder`.
    """

    def __init__(self, policy: Weighting, gate_reg_weight: float):
        self.policy = policy
        self.gate_reg_weight = gate_reg_weight

    def __call__(
        self, terms: Terms, shared: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Total to differentiate, and the weight of each of the five terms in it."""
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
        """What the policy learns."""
        return self.policy.parameters()

    def epoch_end(self, mean_terms: Mapping[str, float]) -> None:
        """Pass each term's mean over the epoch on to the policy."""
        self.policy.epoch_end(self._grouped(mean_terms))

    def state_dict(self) -> dict[str, Any]:
        """The policy's state."""
        return self.policy.state_dict()

    def load_state_dict(self, state_dict: Any) -> None:
        """Restore the state that `state_dict` returned."""
        self.policy.load_state_dict(state_dict)

    def _grouped(self, terms: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "classification": terms["classification"],
            "contrastive": terms["contrastive"],
            "encoder": terms["global"]
            + terms["inter"]
            + self.gate_reg_weight * terms["gate"],
        }


def term_weights(settings: FusionSettings, device: torch.device) -> EncoderGrouping:
    """The policy that `settings.weighting` names, starting from the weights in the settings; learns
    on `device`.
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
