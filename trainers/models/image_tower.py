"""A backbone, trained or frozen, and a linear layer into the space of images and texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

import torch
from torch import Tensor, nn

from .image_backbones import Backbone
from .weight_files import digest


class Standardize(nn.Module):
    """Standardises images in [0, 1] with a fixed mean and deviation; grey images get 3 channels."""

    mean: Tensor
    std: Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]):
        super().__init__()
        self.register_buffer(
            "mean", torch.tensor(mean)[:, None, None], persistent=False
        )
        self.register_buffer("std", torch.tensor(std)[:, None, None], persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Return standardised images: (B, 1 or 3, H, W) in [0, 1] → (B, 3, H, W)."""
        return (images - self.mean) / self.std


class TrainedTower(nn.Module):
    """A backbone that is trained, and its linear layer.

    Args:
        backbone: a backbone of timm or torchvision.
        embedding_dim: D.
    """

    def __init__(self, backbone: Backbone, embedding_dim: int):
        super().__init__()
        self.standardize = Standardize(backbone.mean, backbone.std)
        self.backbone = backbone.module
        self.head = nn.Linear(backbone.features, embedding_dim)

    def forward(self, images: Tensor) -> Tensor:
        """Return the embeddings of images: (B, C, H, W) in [0, 1] → (B, D)."""
        embedding: Tensor = self.head(self.backbone(self.standardize(images)))
        return embedding


class FrozenTower(nn.Module):
    """A frozen backbone, and a linear layer that is trained.

    The backbone is not part of the state. A checkpoint has its hash instead, and loading it raises
    an error if the backbone is another one. The backbone is always in evaluation mode.

    Args:
        backbone: a backbone of timm or torchvision.
        embedding_dim: D.
    """

    backbone_hash: Tensor

    def __init__(self, backbone: Backbone, embedding_dim: int):
        super().__init__()
        module = backbone.module.eval().requires_grad_(False)
        self.head = nn.Linear(backbone.features, embedding_dim)
        content = torch.tensor(list(digest(module)), dtype=torch.uint8)
        self.register_buffer("backbone_hash", content)
        # In a tuple, so that torch does not register the backbone as a submodule.
        self._frozen = (
            nn.Sequential(Standardize(backbone.mean, backbone.std), module).eval(),
        )

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the backbone's weights, in hexadecimal."""
        return bytes(self.backbone_hash.tolist()).hex()

    def features(self, images: Tensor) -> Tensor:
        """Return features without gradients: (B, C, H, W) in [0, 1] → (B, features)."""
        with torch.no_grad():
            features: Tensor = self._frozen[0](images)
        return features

    def forward(self, inputs: Tensor) -> Tensor:
        """Return embeddings (B, D) of images (B, C, H, W) in [0, 1], or of features (B, F)."""
        features = inputs if inputs.ndim == 2 else self.features(inputs)
        embedding: Tensor = self.head(features)
        return embedding

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Apply `fn` to the backbone as well, which is not a submodule."""
        self._frozen[0]._apply(fn)  # type: ignore[no-untyped-call]
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        return self

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *others: Any
    ) -> None:
        """Load the state; raise a ValueError if it is that of another backbone."""
        saved = state_dict.get(f"{prefix}backbone_hash")
        if isinstance(saved, Tensor) and saved.tolist() != self.backbone_hash.tolist():
            raise ValueError(
                "the frozen image encoder is not the one that this state was trained with: its "
                "weights have another hash. Restore the former weights, or start a new trial"
            )
        super()._load_from_state_dict(state_dict, prefix, *others)
