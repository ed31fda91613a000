"""A backbone and a linear layer into the space that images share with texts, trained or frozen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

import torch
from torch import Tensor, nn

from .image_backbones import Backbone
from .weight_files import digest


class Standardize(nn.Module):
    """Images in [0, 1] to zero mean and unit deviation; one grey channel becomes three."""

    mean: Tensor
    std: Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]):
        super().__init__()
        self.register_buffer(
            "mean", torch.tensor(mean)[:, None, None], persistent=False
        )
        self.register_buffer("std", torch.tensor(std)[:, None, None], persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 1 or 3, H, W) in [0, 1] → (B, 3, H, W)."""
        return (images - self.mean) / self.std


class TrainedTower(nn.Module):
    """A backbone that is trained, and its linear layer.

    Args:
        backbone: of timm or torchvision.
        embedding_dim: D.
    """

    def __init__(self, backbone: Backbone, embedding_dim: int):
        super().__init__()
        self.standardize = Standardize(backbone.mean, backbone.std)
        self.backbone = backbone.module
        self.head = nn.Linear(backbone.features, embedding_dim)

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) in [0, 1] → (B, D)."""
        embedding: Tensor = self.head(self.backbone(self.standardize(images)))
        return embedding


class FrozenTower(nn.Module):
    """A backbone that stays as it is, and a linear layer that is trained.

    The backbone is not part of the state: a checkpoint holds its hash instead, and is refused where
    the backbone has become another one. It is always in evaluation mode.

    Args:
        backbone: of timm or torchvision.
        embedding_dim: D.
    """

    backbone_hash: Tensor

    def __init__(self, backbone: Backbone, embedding_dim: int):
        super().__init__()
        module = backbone.module.eval().requires_grad_(False)
        self.head = nn.Linear(backbone.features, embedding_dim)
        content = torch.tensor(list(digest(module)), dtype=torch.uint8)
        self.register_buffer("backbone_hash", content)
        self._frozen = (
            nn.Sequential(Standardize(backbone.mean, backbone.std), module).eval(),
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the backbone's weights, in hexadecimal."""
        return bytes(self.backbone_hash.tolist()).hex()

    def features(self, images: Tensor) -> Tensor:
        """(B, C, H, W) in [0, 1] → (B, features), without gradients."""
        with torch.no_grad():
            found: Tensor = self._frozen[0](images)
        return found

    def forward(self, inputs: Tensor) -> Tensor:
        """Images (B, C, H, W) in [0, 1], or their features (B, F) → (B, D)."""
        features = inputs if inputs.ndim == 2 else self.features(inputs)
        embedding: Tensor = self.head(features)
        return embedding

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Move the backbone as well, which is no submodule."""
        self._frozen[0]._apply(fn)  # type: ignore[no-untyped-call]
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        return self

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *others: Any
    ) -> None:
        """Refuse the state of another backbone."""
        saved = state_dict.get(f"{prefix}backbone_hash")
        if isinstance(saved, Tensor) and saved.tolist() != self.backbone_hash.tolist():
            raise ValueError(
                "the frozen image encoder is not the one that this state was trained with: its "
                "weights have another hash. Bring the former weights back, or start anew"
            )
        super()._load_from_state_dict(state_dict, prefix, *others)
