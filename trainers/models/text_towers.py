"""The text tower of a CLIP model of open_clip, frozen or trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .optional_package import load_package

BATCH = 256  # sentences per forward pass without gradients


class TrainedTextTower(nn.Module):
    """A text tower that is trained, and a linear layer into the space of images and texts.

    Args:
        tower: tokens (S, L) → (S, E).
        features: E.
        embedding_dim: D.
    """

    def __init__(self, tower: nn.Module, features: int, embedding_dim: int):
        super().__init__()
        self.backbone = tower
        self.head = nn.Linear(features, embedding_dim)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the embeddings of sentences: (S, L) → (S, D)."""
        embedding: Tensor = self.head(self.backbone(tokens))
        return embedding


def open_clip_tower(
    name: str, sentences: Sequence[str]
) -> tuple[nn.Module, Tensor, int]:
    """Return a model's text tower, the tokens of the sentences, and the tower's width.

    Args:
        name: `ARCH` (random weights) or `ARCH/WEIGHTS`, a tag that open_clip knows or a file.
        sentences: S sentences.

    Returns:
        The tower, tokens (S, L) int64, and the number E of its outputs.

    Raises:
        ValueError: open_clip is not installed, or does not know the model or weights.
    """
    setting = f"text_encoder open_clip:{name}"
    open_clip: Any = load_package("open_clip", setting, "open_clip")
    architecture, _, weights = name.partition("/")
    architectures = open_clip.list_models()
    if architecture not in architectures:
        raise ValueError(
            f"{setting}: no such model; open_clip has {', '.join(architectures)}"
        )
    source = _weights(open_clip, architecture, weights, setting)
    try:
        model = open_clip.create_model(
            architecture, pretrained=source, force_custom_text=True, device="cpu"
        )
        tokens = open_clip.get_tokenizer(architecture)(list(sentences))
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(f"{setting} cannot be loaded: {reason}") from error
    tower: nn.Module = model.text
    with torch.no_grad():
        features = tower.eval()(tokens[:1]).shape[1]
    return tower.train(), tokens, int(features)


def frozen_features(tower: nn.Module, tokens: Tensor) -> Tensor:
    """Return the features of all sentences, (S, E) float32, in evaluation mode."""
    tower.eval()
    with torch.no_grad():
        features = [tower(chunk).float() for chunk in torch.split(tokens, BATCH)]
    return torch.cat(features)


def _weights(
    open_clip: Any, architecture: str, weights: str, setting: str
) -> str | None:
    """Return the tag or file of the weights, or None for random ones."""
    if not weights:
        return None
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    if weights in tags:
        return weights
    file = Path(weights).expanduser()
    if file.is_file():
        return str(file)
    raise ValueError(
        f"{setting}: {weights} is neither a file nor weights that open_clip knows for "
        f"{architecture}: {', '.join(tags) or 'it knows none'}"
    )
