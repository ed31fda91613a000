"""Reads weights from the user's disk as plain tensors; nothing in the file is executed."""

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
    """Read a model's state from a state dict, a trial's checkpoint or a safetensors file.

    Args:
        path: the file.
        setting: the setting that names it, for messages.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: the file does not hold plain tensors.
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
    values = saved.values() if isinstance(saved, dict) else (saved,)
    if not isinstance(saved, dict) or not all(
        isinstance(value, Tensor) for value in values
    ):
        raise ValueError(f"{setting} {path} holds no model: expected names and tensors")
    return saved


def _load(path: Path) -> Any:
    """Return the contents of a safetensors file or of a file that torch has saved."""
    if path.suffix == ".safetensors":
        from .optional_package import load_package

        files = load_package("safetensors.torch", f"weights from {path.name}", "vision")
        return files.load(path.read_bytes())
    return torch.load(path, map_location="cpu", weights_only=True)


def load_into(
    module: nn.Module, state: Mapping[str, Tensor], head: str, source: str
) -> None:
    """Load weights into a backbone; those of the removed classifier are left out.

    Args:
        module: a backbone without its classifier.
        state: the weights of the whole model or of the backbone.
        head: the prefix of the names of the classifier's weights; "" if there was no classifier.
        source: setting and file, for messages.

    Raises:
        ValueError: weights are missing, unknown or of another shape.
    """
    of_backbone = {
        name: value for name, value in state.items() if not _is_part_of(name, head)
    }
    try:
        module.load_state_dict(of_backbone)
    except RuntimeError as error:
        raise ValueError(f"{source} belongs to another model: {error}") from error


def _is_part_of(name: str, prefix: str) -> bool:
    """Return whether a weight's name is `prefix` or begins with `prefix.`; never for ""."""
    if not prefix:
        return False
    return name == prefix or name.startswith(f"{prefix}.")


def digest(module: nn.Module) -> bytes:
    """Return the SHA-256 of a module's weights and buffers: names, types, shapes and bytes."""
    content = hashlib.sha256()
    for name, value in sorted(module.state_dict().items()):
        tensor = value.detach().cpu().contiguous()
        content.update(f"{name} {tensor.dtype} {tuple(tensor.shape)};".encode())
        content.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return content.digest()
