"""A compact dual encoder: images and sentences in one space, compared by cosine similarity.

Source: Radford et al. 2021.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..losses.precision import widen

GRID = 4  # side of the feature map that the linear layer receives


class Embeddings(NamedTuple):
    """The dual encoder's outputs for a batch, not normalised.

    Attributes:
        image: (B, D).
        sentence: (S, D), every sentence of the data set.
        class_text: (C, D), the mean direction of each class's sentences.
    """

    image: Tensor
    sentence: Tensor
    class_text: Tensor


class ImageEncoder(nn.Module):
    """Convolutions down to a 4 × 4 grid, then one linear layer.

    Each stage halves the image until its side is 4 or less. Channels start at `width` and double up
    to 4 · `width`. The first convolution halves images of 32 pixels and more. Group norm is used,
    so that an image's embedding does not depend on its batch.

    Args:
        channels: C of the images.
        size: the smaller side of the images.
        width: channels of the first stage.
        embedding_dim: D.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, channels: int, size: int, width: int, embedding_dim: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.register_buffer("std", torch.ones(channels, 1, 1))
        stages: list[nn.Module] = []
        stride = 2 if size >= 32 else 1
        side, inputs, outputs = size, channels, width
        while not stages or side > GRID:
            stages.append(_stage(inputs, outputs, stride))
            side = math.ceil(side / stride)
            inputs, outputs, stride = outputs, min(2 * outputs, 4 * width), 2
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(inputs * GRID**2, embedding_dim)

    def standardize_like(self, images: Tensor) -> None:
        """Set each channel's mean and deviation to those of images (N, C, H, W) in [0, 1]."""
        self.mean.copy_(images.mean(dim=(0, 2, 3))[:, None, None])
        self.std.copy_(images.std(dim=(0, 2, 3)).clamp_min(1e-3)[:, None, None])

    def forward(self, images: Tensor) -> Tensor:
        """Return the embeddings of images: (B, C, H, W) in [0, 1] → (B, D)."""
        grid = self.stages((images - self.mean) / self.std)
        # Pooling a 4 × 4 grid would not change it, and takes a sixth of a training step.
        if grid.shape[-2:] != (GRID, GRID):
            grid = F.adaptive_avg_pool2d(grid, GRID)
        embedding: Tensor = self.head(grid.flatten(1))
        return embedding


def _stage(channels: int, width: int, stride: int) -> nn.Module:
    """Return a convolution with group norm (in at most 8 groups) and ReLU."""
    groups = next(count for count in (8, 4, 2, 1) if width % count == 0)
    return nn.Sequential(
        nn.Conv2d(channels, width, kernel_size=3, stride=stride, padding=1, bias=False),
        nn.GroupNorm(groups, width),
        nn.ReLU(),
    )


class TextEncoder(nn.Module):
    """A deep averaging network (Iyyer et al. 2015): mean word vector, then two linear layers.

    Args:
        vocabulary: number of words; word 0 is padding.
        embedding_dim: D.
    """

    def __init__(self, vocabulary: int, embedding_dim: int):
        super().__init__()
        self.words = nn.Embedding(vocabulary + 1, embedding_dim, padding_idx=0)
        self.layers = nn.Sequential(
            nn.Linear(embedding_dim, embedding_dim),
            nn.ReLU(),
            nn.Linear(embedding_dim, embedding_dim),
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the embeddings of sentences: (S, L) word numbers, 0 for padding → (S, D)."""
        lengths = (tokens != 0).sum(dim=1, keepdim=True)
        mean_vector = self.words(tokens).sum(dim=1) / lengths
        embedding: Tensor = self.layers(mean_vector)
        return embedding


class DualEncoder(nn.Module):
    """An image encoder and a text encoder; the latter encodes all sentences in every step.

    There are few sentences, so this is fast.

    Args:
        image_encoder: images (B, C, H, W) → (B, D).
        text_encoder: `texts` → (S, D).
        texts: (S, L) words for a learned text encoder, (S, E) features of a pretrained one.
        class_average: (C, S), averages the sentences of each class; rows sum to 1.
    """

    texts: Tensor
    class_average: Tensor

    def __init__(
        self,
        image_encoder: nn.Module,
        text_encoder: nn.Module,
        texts: Tensor,
        class_average: Tensor,
    ):
        super().__init__()
        self.image_encoder = image_encoder
        self.text_encoder = text_encoder
        self.register_buffer("texts", texts)
        self.register_buffer("class_average", class_average)

    def forward(self, images: Tensor) -> Embeddings:
        """Return the embeddings of images (B, C, H, W) in [0, 1], all sentences and all classes."""
        sentence = self.text_encoder(self.texts)
        direction = F.normalize(widen(sentence), dim=1)
        class_text = self.class_average.to(direction.dtype) @ direction
        return Embeddings(self.image_encoder(images), sentence, class_text)
