"""Image encoders of timm and torchvision without their classifiers, which return feature vectors.

    backbone = load_backbone("timm:resnet18", "pretrained")
    backbone.module(standardised)                         # (B, 3, H, W) → (B, backbone.features)

Weights are `random` (from torch's global generator, nothing is downloaded), `pretrained` (the
library's default, from its cache or downloaded), `pretrained:<tag>` for one of several, or
`file:<path>`. `LIBRARIES` has one function for each library.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from .optional_package import load_package
from .weight_files import load_into, read_state

# Mean and deviation of ImageNet's channels, with which torchvision's models were trained.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

SETTING = "image_encoder"


@dataclass(frozen=True, eq=False)
class Backbone:
    """A feature extractor.

    Attributes:
        module: standardised images (B, 3, H, W) → features (B, `features`).
        features: the number of features.
        mean, std: for each channel; images in [0, 1] are standardised with them.
        size: the only side in pixels that it accepts; None: any.
    """

    module: nn.Module
    features: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    size: int | None = None


def load_backbone(name: str, weights: str) -> Backbone:
    """Return the backbone `<library>:<model>`.

    Args:
        name: such as `timm:resnet18` or `torchvision:resnet18`.
        weights: `random`, `pretrained`, `pretrained:<tag>` or `file:<path>`.

    Raises:
        ValueError: the library is missing, does not know the model or weights, or the file is of
            another model.
        FileNotFoundError: the file of weights does not exist.
    """
    library, _, model = name.partition(":")
    return LIBRARIES[library](model, weights)


def _timm(model: str, weights: str) -> Backbone:
    timm: Any = load_package("timm", f"{SETTING} timm:{model}", "vision")
    """Return a backbone of timm; a tag of its weights is part of timm's model name."""
    kind, _, value = weights.partition(":")
    if kind == "pretrained" and value:
        model = f"{model}.{value}"
    try:
        module = timm.create_model(
            model, pretrained=kind == "pretrained", num_classes=0
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise ValueError(_refused("timm", model, weights, error)) from error
    config = module.pretrained_cfg
    if kind == "file":
        head = config.get("classifier") or ""
        heads = head if isinstance(head, tuple | list) else (head,)
        _load_file(module, value, heads[0])
    size = config["input_size"][-1] if config.get("fixed_input_size") else None
    return Backbone(module, module.num_features, config["mean"], config["std"], size)


def _torchvision(model: str, weights: str) -> Backbone:
    """Return a backbone of torchvision."""
    load_package("torchvision", f"{SETTING} torchvision:{model}", "vision")
    from torchvision import models

    kind, _, value = weights.partition(":")
    tag = (value or "DEFAULT") if kind == "pretrained" else None
    try:
        module = models.get_model(model, weights=tag)
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise ValueError(_refused("torchvision", model, weights, error)) from error
    head = _classifier(module, model)
    linear = module.get_submodule(head)
    features = linear.in_features
    module.set_submodule(head, nn.Identity())
    if hasattr(module, "aux_logits"):
        # GoogLeNet and Inception return tuples in training mode otherwise.
        module.aux_logits = False
    if kind == "file":
        _load_file(module, value, head)
    return Backbone(module, int(features), IMAGENET_MEAN, IMAGENET_STD)


def _classifier(module: nn.Module, model: str) -> str:
    """Return the name of the linear layer at the end of a classifier of torchvision."""
    linear = ""
    for name, layer in module.named_modules():
        if isinstance(layer, nn.Linear):
            linear = str(name)
    if linear.partition(".")[0] not in ("fc", "classifier", "head", "heads"):
        raise ValueError(
            f"{SETTING} torchvision:{model} does not end with a linear classifier; choose an image "
            "classification model such as resnet18"
        )
    return linear


def _load_file(module: nn.Module, path: str, head: str) -> None:
    """Load the weights of a file into a backbone; `head` names the classifier's weights."""
    file = Path(path).expanduser()
    load_into(module, read_state(file, "image_weights"), head, f"image_weights {file}")


def _refused(library: str, model: str, weights: str, error: Exception) -> str:
    """Return the message for a model or weights that the library refuses."""
    lines = str(error).strip().splitlines()
    reason = lines[0] if lines else type(error).__name__
    return (
        f"{SETTING} {library}:{model} with image_weights {weights}: {reason}. "
        "Weights are random, pretrained, pretrained:<tag> or file:<path>"
    )


LIBRARIES: dict[str, Callable[[str, str], Backbone]] = {
    "timm": _timm,
    "torchvision": _torchvision,
}
