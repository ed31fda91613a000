"""Features of a frozen image encoder, computed once for a data set and read by every trial."""

from __future__ import annotations

import math
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

BATCH = 128  # images per forward pass without gradients


def image_features(
    data: LabelledImages,
    encode: Callable[[Tensor], Tensor],
    *,
    features: int,
    encoder: Mapping[str, Any],
    device: torch.device,
    workers: int = 0,
) -> Tensor:
    """Return the encoder's features of all images, (N, features) float32 on the CPU.

    They are cached on disk; the key has the hash of the images and the contents of `encoder`, see
    `sweep_trainers.data.cached_arrays`. If the cache cannot be written, they are computed for this
    trial only, with a warning.

    Args:
        data: the whole data set.
        encode: images (B, C, H, W) in [0, 1] on the device → (B, features).
        features: the number of features.
        encoder: everything but the images that the features depend on, such as the hash of the
            weights and the precision.
        device: the encoder's device.
        workers: number of processes that decode files.
    """
    images = data.images

    def fill(array: NDArray[Any]) -> None:
        start = 0
        batch_count = math.ceil(len(images) / BATCH)
        batches = np.array_split(np.arange(len(images)), batch_count)
        for batch in read(images, batches, workers):
            encoded = encode(pixels(batch.to(device)))
            end = start + len(encoded)
            array[start:end] = encoded.float().cpu().numpy()
            start = end

    shape = (len(images), features)
    key = {
        "kind": "image features",
        "images": data.content_hash,
        "encoder": dict(encoder),
        "device": device.type,
        "torch": torch.__version__,
    }
    try:
        rows = cached_array(key, shape, np.float32, fill)
    except OSError as error:
        warnings.warn(
            f"image features are computed for this trial alone: {error}", stacklevel=2
        )
        rows = np.empty(shape, np.float32)
        fill(rows)
    return torch.from_numpy(np.array(rows))
