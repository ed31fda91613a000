"""Segmentation models of segmentation-models-pytorch (smp).

    model = load_segmentation_model("unet/resnet18", "pretrained", 3, 19)

`ARCH/ENCODER` are smp's names; `tu-<name>` is an encoder of timm.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn

from .optional_package import load_package
from .weight_files import digest, load_into, read_state

_ENCODER = "model.encoder."
_FINGERPRINT = "encoder_hash"
IMAGENET = "imagenet"  # smp's name of the weights that most encoders have


class KnownSegmentationModel(nn.Module):
    """A model of smp, with a trained or a frozen encoder.

    A frozen encoder stays in evaluation mode and is not part of the state: its weights never
    change, and every checkpoint of every trial would store them again. The state has their SHA-256
    instead, and can only be loaded into a model with the same encoder.

    Args:
        model: a model of smp: images (N, in_channels, H, W) → logits (N, C, H, W).
        dropout: share of whole channels that are dropped before the classifier.
        trained: whether the encoder is trained.
    """

    def __init__(self, model: Any, *, dropout: float, trained: bool):
        super().__init__()
        model.segmentation_head = nn.Sequential(
            nn.Dropout2d(dropout), model.segmentation_head
        )
        model.encoder.requires_grad_(trained)
        self.model = model
        self.trained = trained
        if not trained:
            self.register_state_dict_post_hook(_without_encoder)  # type: ignore[no-untyped-call]
            self.register_load_state_dict_pre_hook(_with_own_encoder)  # type: ignore[no-untyped-call]

    @property
    def encoder(self) -> nn.Module:
        """Return the encoder, whose weights may be pretrained."""
        encoder: nn.Module = self.model.encoder
        return encoder

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (N, C, H, W) of images (N, in_channels, H, W)."""
        logits: Tensor = self.model(images)
        return logits

    def train(self, mode: bool = True) -> Self:
        """Set the mode; a frozen encoder stays in evaluation mode and keeps its statistics."""
        super().train(mode)
        if not self.trained:
            self.encoder.eval()
        return self


def _without_encoder(
    module: nn.Module, state: dict[str, Any], prefix: str, metadata: object
) -> None:
    """Replace the frozen encoder's weights in the state by their SHA-256."""
    if not isinstance(module, KnownSegmentationModel):
        return
    for name in list(state):
        if name.startswith(prefix + _ENCODER):
            del state[name]
    state[prefix + _FINGERPRINT] = _fingerprint(module.encoder)


def _with_own_encoder(
    module: nn.Module, state: dict[str, Any], prefix: str, *rest: object
) -> None:
    """Add the weights of the module's encoder to a state that is loaded.

    Raises:
        ValueError: the state is that of a model with another encoder.
    """
    if not isinstance(module, KnownSegmentationModel):
        return
    stored = state.pop(prefix + _FINGERPRINT, None)
    present = _fingerprint(module.encoder)
    if stored is not None and not torch.equal(stored.cpu(), present):
        raise ValueError(
            "the frozen encoder is not the one that this state was trained with: its weights "
            "have another hash. Restore the former weights, or start a new trial"
        )
    for name, value in module.encoder.state_dict().items():
        state.setdefault(prefix + _ENCODER + name, value)


def _fingerprint(encoder: nn.Module) -> Tensor:
    """Return the SHA-256 of the encoder's weights and statistics, as 32 bytes."""
    return torch.tensor(list(digest(encoder)), dtype=torch.uint8)


def load_segmentation_model(
    name: str,
    weights: str,
    in_channels: int,
    classes: int,
    *,
    image_size: int,
    dropout: float = 0.0,
    trained: bool = True,
) -> KnownSegmentationModel:
    """Return the model `ARCH/ENCODER`.

    Args:
        name: such as `unet/resnet18` or `deeplabv3plus/tu-resnet18`.
        weights: of the encoder: `random`, `pretrained` (ImageNet's), `pretrained:<tag>` or
            `file:<path>`.
        in_channels: channels of the images.
        classes: C.
        image_size: side in pixels, to check that the encoder accepts it.
        dropout: share of channels that are dropped before the classifier.
        trained: whether the encoder is trained.

    Raises:
        ValueError: smp is missing, does not know the model or weights, or the model does not accept
            images of that size.
        FileNotFoundError: the file of weights does not exist.
    """
    setting = f"model smp:{name}"
    smp: Any = load_package("segmentation_models_pytorch", setting, "smp")
    arch, _, encoder = name.partition("/")
    known = smp.MODEL_ARCHITECTURES_MAPPING
    if arch.lower() not in known or not encoder:
        raise ValueError(
            f"{setting}: expected smp:<architecture>/<encoder> such as smp:unet/resnet18; "
            f"architectures are {', '.join(known)}"
        )
    encoder, encoder_weights = _smp_encoder(encoder, weights)
    try:
        model = smp.create_model(
            arch,
            encoder_name=encoder,
            encoder_weights=encoder_weights,
            in_channels=in_channels,
            classes=classes,
        )
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(
            f"{setting} with encoder_weights {weights}: {reason}"
        ) from error
    step = model.encoder.output_stride
    if model.requires_divisible_input_shape and image_size % step:
        raise ValueError(
            f"{setting} takes images whose side is a multiple of {step}, not {image_size}: choose "
            f"another image_size"
        )
    kind, _, path = weights.partition(":")
    if kind == "file":
        file = Path(path).expanduser()
        state = read_state(file, "encoder_weights")
        load_into(model.encoder, state, "fc", f"encoder_weights {file}")
    return KnownSegmentationModel(model, dropout=dropout, trained=trained)


def _smp_encoder(encoder: str, weights: str) -> tuple[str, str | bool | None]:
    """Return the name and the weights of an encoder, as smp's `create_model` expects them."""
    kind, _, tag = weights.partition(":")
    if kind != "pretrained":
        return encoder, None
    if encoder.startswith("tu-"):  # timm's model names contain the tag
        return (f"{encoder}.{tag}" if tag else encoder), True
    return encoder, tag or IMAGENET
