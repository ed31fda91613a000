"""Gated fusion of any number of modalities, with decoders for the reconstruction terms.

The gates are those of the Gated Multimodal Unit (Arevalo et al. 2017, arXiv:1702.01992). A sigmoid
of all codes scales each modality's code:

    h = Σ_m z_m ⊙ tanh(W_m x_m),   z_m = σ(V_m [x_1; …; x_M])
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Encoded(NamedTuple):
    """The fused code (B, H), the modalities' codes (B, M, H) and gates (B, M, H) in (0, 1)."""

    fused: Tensor
    codes: Tensor
    gates: Tensor


class FusionOutput(NamedTuple):
    """The model's outputs that the losses need.

    Attributes:
        logits: (B, C).
        fused: (B, H), the fused code.
        gates: modality → (B, H) in (0, 1).
        reconstruction: (B, D), the concatenated features decoded from the fused code.
        fused_from: modality → (B, H), the fused code decoded from only that modality's code.
    """

    logits: Tensor
    fused: Tensor
    gates: dict[str, Tensor]
    reconstruction: Tensor
    fused_from: dict[str, Tensor]


class GatedFusion(nn.Module):
    """Encoders → gates → fused code → classifier and decoders.

    Args:
        dimensions: modality → number of its columns, in the order of the columns of the input.
        classes: number of outputs C.
        code_dim: H, length of the fused code and of each modality's code.
        hidden_dim: width of the encoders' and decoders' hidden layer.
        dropout: on the hidden layers and before the classifier.
    """

    def __init__(
        self,
        dimensions: Mapping[str, int],
        classes: int,
        *,
        code_dim: int,
        hidden_dim: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.names = tuple(dimensions)
        self.widths = list(dimensions.values())
        inputs = sum(self.widths)
        # Lists and not dicts of modules: a ModuleDict does not accept every modality's name.
        self.encoders = nn.ModuleList(
            _two_layers(width, hidden_dim, code_dim, dropout) for width in self.widths
        )
        self.gate = nn.Linear(len(self.names) * code_dim, len(self.names) * code_dim)
        self.classifier = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(code_dim, classes)
        )
        self.global_decoder = _two_layers(code_dim, hidden_dim, inputs, 0.0)
        self.inter_decoders = nn.ModuleList(
            _two_layers(code_dim, hidden_dim, code_dim, 0.0) for _ in self.names
        )

    def encode(self, x: Tensor) -> Encoded:
        """Return the fused code of features (B, D), and the codes and gates of the modalities."""
        features = torch.split(x, self.widths, dim=-1)
        each_code = [
            torch.tanh(encoder(modality))
            for encoder, modality in zip(self.encoders, features, strict=True)
        ]
        codes = torch.stack(each_code, dim=-2)
        gates = torch.sigmoid(self.gate(codes.flatten(-2))).reshape(codes.shape)
        fused = (gates * codes).sum(dim=-2)
        return Encoded(fused, codes, gates)

    def decode(self, encoded: Encoded) -> FusionOutput:
        """Return everything that the losses need, from the codes."""
        fused, codes, gates = encoded
        fused_from = {}
        modalities = zip(
            self.names, self.inter_decoders, codes.unbind(dim=-2), strict=True
        )
        for name, decoder, code in modalities:
            fused_from[name] = decoder(code)
        return FusionOutput(
            logits=self.classifier(fused),
            fused=fused,
            gates=dict(zip(self.names, gates.unbind(dim=-2), strict=True)),
            reconstruction=self.global_decoder(fused),
            fused_from=fused_from,
        )

    def forward(self, x: Tensor) -> FusionOutput:
        """Return everything that the losses need, from features (B, D)."""
        return self.decode(self.encode(x))

    def classify(self, x: Tensor) -> Tensor:
        """Return the logits (B, C) of features (B, D), without the decoders."""
        logits: Tensor = self.classifier(self.encode(x).fused)
        return logits

    def shared_parameters(self) -> list[nn.Parameter]:
        """Return the parameters that every term depends on: encoders and gates."""
        return [*self.encoders.parameters(), *self.gate.parameters()]


def _two_layers(
    inputs: int, hidden: int, outputs: int, dropout: float
) -> nn.Sequential:
    """Return two linear layers with GELU and dropout between them."""
    return nn.Sequential(
        nn.Linear(inputs, hidden),
        nn.GELU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, outputs),
    )
