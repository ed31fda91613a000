"""Weights from the user's disk, read as plain tensors: nothing in the file is executed."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

State = dict[str, Tensor]


def read_state(path: Path, setting: str) -> State:
    """A model's state: a state dict, the model of a trial's checkpoint, or a safetensors file.

    Args:
        path: the file.
        setting: the setting that names it, for messages.

    Raises:
        FileNotFoundError: no such file.
        ValueError: not a file of plain tensors.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"{setting} {path} does not exist; give a file of weights"
        )
    try:
        saved: Any = _load(path)
    except (RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"{setting} {path} is not a file of plain tensors: {reason}"
        ) from error
    for key in ("objects", "state_dict", "model"):
        if isinstance(saved, dict) and isinstance(saved.get(key), dict):
            saved = saved[key]
    if not isinstance(saved, dict) or not all(
        isinstance(v, Tensor) for v in saved.values()
    ):
        raise ValueError(f"{setting} {path} holds no model: expected names and tensors")
    return saved


def _load(path: Path) -> Any:
    if path.suffix == ".safetensors":
        from .optional_package import load_package

        files = load_package("safetensors.torch", f"weights from {path.name}", "vision")
        return files.load(path.read_bytes())
    return torch.load(path, map_location="cpu", weights_only=True)


def load_into(
    module: nn.Module, state: Mapping[str, Tensor], head: str, source: str
) -> None:
    """Load weights; those of a classifier that was taken off are left out.

    Args:
        module: a backbone without its classifier.
        state: of the whole model, or of the backbone.
        head: what the names of the classifier's weights begin with; "": there was none.
        source: setting and file, for messages.

    Raises:
        ValueError: weights are missing, of another shape, or belong to nothing.
    """
    kept = {
        name: value
        for name, value in state.items()
        if not (head and _below(name, head))
    }
    try:
        module.load_state_dict(kept)
    except RuntimeError as error:
        raise ValueError(f"{source} belongs to another model: {error}") from error


def _below(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def digest(module: nn.Module) -> bytes:
    """SHA-256 of a module's weights and buffers: names, types, shapes and bytes."""
    found = hashlib.sha256()
    for name, value in sorted(module.state_dict().items()):
        tensor = value.detach().cpu().contiguous()
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)};".encode())
        found.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return found.digest()
