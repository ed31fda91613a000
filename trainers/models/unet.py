"""A compact U-Net (Ronneberger et al. 2015) with batch normalisation and optional attention."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .lmsa import LightweightMultiScaleAttention


class UNet(nn.Module):
    """Encoder, bottleneck and decoder with skip connections; the output has the input's size.

    Level k has 1/2^k of the resolution and `width · 2^k` channels. Max pooling (2 x 2) halves the
    resolution; bilinear interpolation and a 1 x 1 convolution double it, without the checkerboard
    artefacts and with fewer parameters than a transposed convolution.

    Args:
        in_channels: channels of the images.
        classes: C, channels of the logits.
        width: channels at full resolution.
        depth: number of times the resolution is halved; H and W must be multiples of 2^depth.
        dropout: share of whole channels dropped at the bottleneck and before the classifier
            (Tompson et al. 2015).
        attention: `none`, or `lmsa`: a block at the bottleneck and on each skip connection below
            full resolution.

    Raises:
        ValueError: an unknown attention.
    """

    def __init__(
        self,
        in_channels: int,
        classes: int,
        *,
        width: int,
        depth: int,
        dropout: float = 0.0,
        attention: str = "none",
    ):
        super().__init__()
        self.depth = depth
        channels = [width * 2**level for level in range(depth + 1)]
        self.down = nn.ModuleList(
            _double_convolution(c_in, c_out)
            for c_in, c_out in zip([in_channels, *channels], channels, strict=False)
        )
        self.narrow = nn.ModuleList(
            nn.Conv2d(2 * c, c, 1, bias=False) for c in channels[:-1]
        )
        self.up = nn.ModuleList(_double_convolution(2 * c, c) for c in channels[:-1])
        self.drop = nn.Dropout2d(dropout)
        self.classify = nn.Conv2d(width, classes, 1)
        self.apply(_initialise)
        # Created last: the other weights are then the same as in an arm without attention.
        self.attend = nn.ModuleList(_attention(attention, c) for c in channels[1:])

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (N, C, H, W) of images (N, in_channels, H, W)."""
        self._check(images)
        features = self.down[0](images)
        skips = [features]
        for block, attend in zip(self.down[1:], self.attend, strict=True):
            features = attend(block(F.max_pool2d(features, 2)))
            skips.append(features)
        features = self.drop(skips.pop())
        for narrow, block in zip(reversed(self.narrow), reversed(self.up), strict=True):
            upsampled = F.interpolate(
                narrow(features), scale_factor=2, mode="bilinear", align_corners=False
            )
            features = block(torch.cat([skips.pop(), upsampled], dim=1))
        return self.classify(self.drop(features))  # type: ignore[no-any-return]

    def _check(self, images: Tensor) -> None:
        """Raise a ValueError unless the sides can be halved `depth` times."""
        height, width = images.shape[-2:]
        step = 2**self.depth
        if height % step or width % step:
            raise ValueError(
                f"images of {height} x {width} pixels cannot be halved {self.depth} times; "
                f"choose sides that are multiples of {step}, or a smaller depth"
            )


def _double_convolution(c_in: int, c_out: int) -> nn.Sequential:
    """Return two 3 x 3 convolutions, each with normalisation and ReLU."""
    layers: list[nn.Module] = []
    for channels in (c_in, c_out):
        layers += [
            nn.Conv2d(channels, c_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


def _initialise(module: nn.Module) -> None:
    """Initialise convolutions with normal weights scaled for ReLU (He et al. 2015)."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")


def _attention(name: str, channels: int) -> nn.Module:
    """Return the attention block of that name."""
    match name:
        case "none":
            return nn.Identity()
        case "lmsa":
            return LightweightMultiScaleAttention(channels)
    raise ValueError(f"attention {name!r}; one of: none, lmsa")
