"""The two towers of the trainer `clip`: the encoders named in the settings, and their inputs."""

from __future__ import annotations

import math

from torch import Tensor, nn

from .data.class_texts import ClassTexts
from .data.pictures import Pictures
from .models.dual_encoder import ImageEncoder, TextEncoder
from .models.image_backbones import load_backbone
from .models.image_tower import FrozenTower, TrainedTower
from .models.pretrained_text import sentence_features
from .models.text_towers import TrainedTextTower, frozen_features, open_clip_tower

# So many training images are enough to estimate brightness and contrast.
STANDARDIZE_BY = 4096


def image_tower(
    name: str,
    weights: str,
    images: Pictures,
    *,
    width: int,
    embedding_dim: int,
    trained: bool,
) -> nn.Module:
    """Return the image encoder that the setting `image_encoder` names.

    Args:
        name: `compact`, `timm:<model>` or `torchvision:<model>`.
        weights: the weights of a backbone.
        images: the training images.
        width: the width of the compact encoder.
        embedding_dim: D.
        trained: whether a backbone is trained.

    Raises:
        ValueError: the backbone cannot be loaded, or does not accept these images.
    """
    image_count, channels, height, image_width = images.shape
    if name == "compact":
        encoder = ImageEncoder(channels, min(height, image_width), width, embedding_dim)
        step = math.ceil(image_count / STANDARDIZE_BY)
        encoder.standardize_like(images.sample(step))
        return encoder
    backbone = load_backbone(name, weights)
    if channels not in (1, 3):
        raise ValueError(
            f"image_encoder {name} takes grey or RGB images, not {channels} channels"
        )
    size = backbone.size
    if size is not None and (height, image_width) != (size, size):
        raise ValueError(
            f"image_encoder {name} takes images of {size} × {size} pixels, not "
            f"{height} × {image_width}: set img_size to {size}"
        )
    tower = TrainedTower if trained else FrozenTower
    return tower(backbone, embedding_dim)


def text_tower(
    name: str, texts: ClassTexts, *, embedding_dim: int, trained: bool
) -> tuple[nn.Module, Tensor]:
    """Return the text encoder that the setting `text_encoder` names, and its input.

    Args:
        name: `learned`, `pretrained:<model>` or `open_clip:<model>[/<weights>]`.
        texts: S sentences.
        embedding_dim: D.
        trained: whether a tower of open_clip is trained.

    Returns:
        A module, and all sentences as its input: words (S, L), tokens (S, L), or the features
        (S, E) of a frozen encoder.

    Raises:
        ValueError: the model cannot be loaded.
    """
    kind, _, model = name.partition(":")
    if kind == "learned":
        return TextEncoder(len(texts.vocabulary), embedding_dim), texts.tokens()
    if kind == "pretrained":
        features = sentence_features(model, texts.sentences)
        return nn.Linear(features.shape[1], embedding_dim), features
    tower, tokens, size = open_clip_tower(model, texts.sentences)
    if trained:
        return TrainedTextTower(tower, size, embedding_dim), tokens
    return nn.Linear(size, embedding_dim), frozen_features(tower, tokens)


def backbones(model: nn.Module) -> list[nn.Module]:
    """Return the pretrained parts, which may have a learning rate of their own."""
    return [
        module.backbone
        for module in model.modules()
        if isinstance(module, TrainedTower | TrainedTextTower)
    ]
