"""Lightweight multi-scale attention: an arm of the segmentation ladder (`attention: lmsa`)."""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn


class LightweightMultiScaleAttention(nn.Module):
    """Adds a learned correction from several scales to a feature map.

    Three depthwise 3 x 3 convolutions with dilation 1, 2 and 4 cover neighbourhoods of 3, 5 and 9
    pixels; a 1 x 1 convolution mixes them. The result is multiplied by a gate for each channel
    (squeeze and excitation, Hu et al. 2018) and for each pixel (a 1 x 1 form of the spatial gate of
    Woo et al. 2018, CBAM) and added to the input. Its normalisation is initialised with scale 0, so
    that the block starts as the identity, and an arm with it starts like the arm without it.

    It has about C² + C²/2 + 30·C parameters for C channels; a plain 3 x 3 convolution has 9·C².

    Args:
        channels: C of the input and the output.
        dilations: the dilation of each depthwise branch.
        squeeze: the channel gate's bottleneck is `channels / squeeze` wide, at least 4.
    """

    def __init__(
        self, channels: int, dilations: tuple[int, ...] = (1, 2, 4), squeeze: int = 4
    ):
        super().__init__()
        self.scales = nn.ModuleList(
            nn.Conv2d(
                channels,
                channels,
                3,
                padding=d,
                dilation=d,
                groups=channels,
                bias=False,
            )
            for d in dilations
        )
        self.mix = nn.Conv2d(channels, channels, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        hidden = max(channels // squeeze, 4)
        self.channel_gate = nn.Sequential(
            nn.Conv2d(channels, hidden, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, channels, 1),
            nn.Sigmoid(),
        )
        self.spatial_gate = nn.Sequential(nn.Conv2d(channels, 1, 1), nn.Sigmoid())
        nn.init.zeros_(self.norm.weight)

    def forward(self, features: Tensor) -> Tensor:
        """Return the corrected feature map: (N, C, H, W) → (N, C, H, W)."""
        each_scale = [scale(features) for scale in self.scales]
        mixed = torch.relu(self.mix(functools.reduce(torch.add, each_scale)))
        channel_gate = self.channel_gate(mixed.mean(dim=(2, 3), keepdim=True))
        gate = channel_gate * self.spatial_gate(mixed)
        correction: Tensor = self.norm(mixed * gate)
        return features + correction
