"""Reads a model's initial weights from a checkpoint on disk, as plain tensors."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch
from torch import nn


def load_weights(model: nn.Module, path: Path) -> None:
    """Load a model's weights from a trial's checkpoint or a plain state dict.

    In a checkpoint they are `objects.model`. Nothing in the file is executed (`weights_only=True`).

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: not a checkpoint of plain tensors, or of another model; the message says what
            differs.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"initial_weights {path} does not exist; give a trial's checkpoints/best.pt"
        )
    try:
        saved: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"initial_weights {path} is not a checkpoint of plain tensors: {reason}"
        ) from error
    if isinstance(saved, dict) and isinstance(saved.get("objects"), dict):
        saved = saved["objects"].get("model")
    if not isinstance(saved, dict):
        raise ValueError(
            f"initial_weights {path} holds no model; give a trial's checkpoints/best.pt or a state "
            "dict"
        )
    try:
        model.load_state_dict(saved)
    except (RuntimeError, TypeError) as error:
        raise ValueError(
            f"initial_weights {path} belong to another model (embedding_dim, width, img_size, "
            f"classes and class texts must be the same): {error}"
        ) from error
