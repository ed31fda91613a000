"""A compact dual encoder: images and sentences in one space, compared by their cosine (Radford et
al. 2021).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..losses.precision import widen

GRID = 4  # side of what the linear layer sees


class Embeddings(NamedTuple):
    """What the dual encoder makes of a batch; not normalised.

    Attributes:
        image: (B, D).
        sentence: (S, D), every sentence of the data set.
        class_text: (C, D), the mean direction of each class's sentences.
    """

    image: Tensor
    sentence: Tensor
    class_text: Tensor


class ImageEncoder(nn.Module):
    """Convolutions that halve the image until its side is 4 or less, then one linear layer over the
    4 × 4 grid.

    Channels start at `width` and double up to 4 · `width`. Images of 32 pixels and more are halved
    by the first convolution already. Group norm, so that an image's embedding does not depend on
    its batch.

    Args:
        channels: C of the images.
        size: their smaller side.
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
        side, now, after = size, channels, width
        while not stages or side > GRID:
            stages += [_stage(now, after, stride)]
            side = -(-side // stride)
            now, after, stride = after, min(2 * after, 4 * width), 2
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(now * GRID**2, embedding_dim)

    def standardize_like(self, images: Tensor) -> None:
        """Remember the mean and deviation of each channel of training images, (N, C, H, W) in [0,
        1].
        """
        self.mean.copy_(images.mean(dim=(0, 2, 3))[:, None, None])
        self.std.copy_(images.std(dim=(0, 2, 3)).clamp_min(1e-3)[:, None, None])

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) in [0, 1] → (B, D)."""
        grid = self.stages((images - self.mean) / self.std)
        if grid.shape[-2:] != (
            GRID,
            GRID,
        ):  # pooling 4 × 4 to itself: the same bits, a sixth of a step
            grid = F.adaptive_avg_pool2d(grid, GRID)
        embedding: Tensor = self.head(grid.flatten(1))
        return embedding


def _stage(channels: int, width: int, stride: int) -> nn.Module:
    groups = next(g for g in (8, 4, 2, 1) if width % g == 0)
    return nn.Sequential(
        nn.Conv2d(channels, width, kernel_size=3, stride=stride, padding=1, bias=False),
        nn.GroupNorm(groups, width),
        nn.ReLU(),
    )


class TextEncoder(nn.Module):
    """A deep averaging network (Iyyer et al. 2015): the mean of learned word vectors, through two
    linear layers.

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
        """(S, L) numbers of words, 0 for padding → (S, D)."""
        lengths = (tokens != 0).sum(dim=1, keepdim=True)
        embedding: Tensor = self.layers(self.words(tokens).sum(dim=1) / lengths)
        return embedding


class DualEncoder(nn.Module):
    """An image encoder beside a text encoder that is given all sentences at once: there are few of
    them.

    Args:
        image_encoder: images (B, C, H, W) → (B, D).
        text_encoder: `texts` → (S, D).
        texts: (S, L) words for a learned text encoder, (S, E) features of a pretrained one.
        class_average: (C, S), which sentences belong to which class; rows sum to 1.
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
        """(B, C, H, W) in [0, 1] → embeddings of the images, of every sentence and of every
        class.
        """
        sentence = self.text_encoder(self.texts)
        direction = F.normalize(widen(sentence), dim=1)
        class_text = self.class_average.to(direction.dtype) @ direction
        return Embeddings(self.image_encoder(images), sentence, class_text)
