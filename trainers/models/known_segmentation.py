"""Segmentation models of segmentation-models-pytorch (smp): known encoders under known decoders.

    model = load_segmentation_model("unet/resnet18", "pretrained", 3, 19)

`ARCH/ENCODER` are smp's own names; `tu-<name>` is an encoder of timm.
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
IMAGENET = "imagenet"  # what smp calls the weights that most encoders have


class KnownSegmentationModel(nn.Module):
    """A model of smp; a frozen encoder stays in evaluation mode.

    A frozen encoder is no part of the state: it is what it was built from, and would be stored
    again with every checkpoint of every trial. The state holds its SHA-256 instead, so that it goes
    back into a model with that very encoder alone.

    Args:
        model: of smp: images (N, in_channels, H, W) → logits (N, C, H, W).
        dropout: share of whole channels dropped before the classifier.
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
        """The part that came trained."""
        encoder: nn.Module = self.model.encoder
        return encoder

    def forward(self, images: Tensor) -> Tensor:
        """(N, in_channels, H, W) → logits (N, C, H, W)."""
        logits: Tensor = self.model(images)
        return logits

    def train(self, mode: bool = True) -> Self:
        """As of every module, but a frozen encoder keeps its statistics."""
        super().train(mode)
        if not self.trained:
            self.encoder.eval()
        return self


def _without_encoder(
    module: nn.Module, state: dict[str, Any], prefix: str, metadata: object
) -> None:
    """Leaves the frozen encoder's SHA-256 in the state, in place of its weights."""
    if not isinstance(module, KnownSegmentationModel):
        return
    for name in [key for key in state if key.startswith(prefix + _ENCODER)]:
        del state[name]
    state[prefix + _FINGERPRINT] = _fingerprint(module.encoder)


def _with_own_encoder(
    module: nn.Module, state: dict[str, Any], prefix: str, *rest: object
) -> None:
    """Completes a state with the module's own encoder.

    Raises:
        ValueError: the state is of a model with another encoder.
    """
    if not isinstance(module, KnownSegmentationModel):
        return
    stored = state.pop(prefix + _FINGERPRINT, None)
    if stored is not None and not torch.equal(
        stored.cpu(), _fingerprint(module.encoder)
    ):
        raise ValueError(
            "the frozen encoder is not the one that this state was trained with: its weights "
            "have another hash. Bring the former weights back, or start anew"
        )
    for name, value in module.encoder.state_dict().items():
        state.setdefault(prefix + _ENCODER + name, value)


def _fingerprint(encoder: nn.Module) -> Tensor:
    """SHA-256 of the encoder's weights and statistics, as 32 bytes."""
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
    """Build the model `ARCH/ENCODER`.

    Args:
        name: such as `unet/resnet18` or `deeplabv3plus/tu-resnet18`.
        weights: of the encoder: `random`, `pretrained` (ImageNet's), `pretrained:<tag>` or
            `file:<path>`.
        in_channels: of the images.
        classes: C.
        image_size: side in pixels, for the check that the encoder takes it.
        dropout: before the classifier.
        trained: whether the encoder is trained.

    Raises:
        ValueError: smp is missing, has no such model or weights, or takes no images of that size.
        FileNotFoundError: no such file of weights.
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
    kind, _, value = weights.partition(":")
    wanted: str | bool | None = (value or IMAGENET) if kind == "pretrained" else None
    if (
        encoder.startswith("tu-") and wanted is not None
    ):  # timm has the tag in the model's name
        encoder, wanted = (f"{encoder}.{value}" if value else encoder), True
    try:
        model = smp.create_model(
            arch,
            encoder_name=encoder,
            encoder_weights=wanted,
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
    if kind == "file":
        file = Path(value).expanduser()
        state = read_state(file, "encoder_weights")
        load_into(model.encoder, state, "fc", f"encoder_weights {file}")
    return KnownSegmentationModel(model, dropout=dropout, trained=trained)
