"""The two towers of the trainer `clip`: the encoders that settings name, and their inputs."""

from __future__ import annotations

from torch import Tensor, nn

from .data.class_texts import ClassTexts
from .data.pictures import Pictures
from .models.dual_encoder import ImageEncoder, TextEncoder
from .models.image_backbones import load_backbone
from .models.image_tower import FrozenTower, TrainedTower
from .models.pretrained_text import sentence_features
from .models.text_towers import TrainedTextTower, frozen_features, open_clip_tower

# training images are enough to know their brightness and contrast
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
    """The image encoder that the setting `image_encoder` names.

    Args:
        name: `compact`, `timm:<model>` or `torchvision:<model>`.
        weights: of a backbone.
        images: the training images.
        width: of the compact encoder.
        embedding_dim: D.
        trained: whether a backbone is trained.

    Raises:
        ValueError: the backbone cannot be loaded, or takes no images like these.
    """
    _, channels, height, width_of_image = images.shape
    if name == "compact":
        encoder = ImageEncoder(
            channels, min(height, width_of_image), width, embedding_dim
        )
        encoder.standardize_like(images.sample(-(-images.shape[0] // STANDARDIZE_BY)))
        return encoder
    backbone = load_backbone(name, weights)
    if channels not in (1, 3):
        raise ValueError(
            f"image_encoder {name} takes grey or RGB images, not {channels} channels"
        )
    if backbone.size is not None and (height, width_of_image) != (
        backbone.size,
        backbone.size,
    ):
        raise ValueError(
            f"image_encoder {name} takes images of {backbone.size} × {backbone.size} pixels, not "
            f"{height} × {width_of_image}: set img_size to {backbone.size}"
        )
    return (TrainedTower if trained else FrozenTower)(backbone, embedding_dim)


def text_tower(
    name: str, texts: ClassTexts, *, embedding_dim: int, trained: bool
) -> tuple[nn.Module, Tensor]:
    """The text encoder that the setting `text_encoder` names, and its input: all sentences.

    Args:
        name: `learned`, `pretrained:<model>` or `open_clip:<model>[/<weights>]`.
        texts: S sentences.
        embedding_dim: D.
        trained: whether a tower of open_clip is trained.

    Returns:
        A module, and its input: words (S, L), tokens (S, L), or features (S, E) of a frozen one.

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
    """The pretrained parts, which may have another learning rate."""
    towers = [
        m for m in model.modules() if isinstance(m, TrainedTower | TrainedTextTower)
    ]
    return [tower.backbone for tower in towers]
