"""Features of a frozen image encoder: computed once for a data set, then read by every trial."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .cached_arrays import cached_array
from .labelled_images import LabelledImages
from .pictures import pixels, read

BATCH = 128  # images at a time without gradients


def image_features(
    data: LabelledImages,
    encode: Callable[[Tensor], Tensor],
    *,
    features: int,
    encoder: Mapping[str, Any],
    device: torch.device,
    workers: int = 0,
) -> Tensor:
    """The encoder's features of all images, (N, features) float32 on the CPU.

    They are kept on disk, under the hash of the images and what `encoder` says; see
    `sweep_trainers.data.cached_arrays`. Where nothing can be kept, they are computed for this
    trial alone.

    Args:
        data: the whole data set.
        encode: images (B, C, H, W) in [0, 1] on the device → (B, features).
        features: how many.
        encoder: what the features depend on beside the images: the hash of the weights, precision.
        device: where the encoder is.
        workers: processes that decode files.
    """
    images = data.images

    def fill(array: NDArray[Any]) -> None:
        start = 0
        order = np.array_split(np.arange(len(images)), -(-len(images) // BATCH))
        for batch in read(images, order, workers):
            found = encode(pixels(batch.to(device))).float().cpu().numpy()
            array[start : start + len(found)] = found
            start += len(found)

    shape = (len(images), features)
    key = {
        "kind": "image features",
        "images": data.content_hash,
        "encoder": dict(encoder),
        "device": device.type,
        "torch": torch.__version__,
    }
    try:
        kept = cached_array(key, shape, np.float32, fill)
    except OSError as error:
        warnings.warn(
            f"image features are computed for this trial alone: {error}", stacklevel=2
        )
        kept = np.empty(shape, np.float32)
        fill(kept)
    return torch.from_numpy(np.array(kept))
