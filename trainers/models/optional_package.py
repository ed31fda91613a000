"""Imports packages that only some settings need, with a message on how to install them."""

from __future__ import annotations

import importlib
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType


def load_package(package: str, setting: str, extra: str) -> ModuleType:
    """Import and return an optional package.

    Args:
        package: its import name, such as `timm`.
        setting: the setting that needs it, such as `image_encoder timm:resnet18`.
        extra: the extra of this distribution that installs it.

    Raises:
        ValueError: the package is not installed, or torchvision was built for another torch.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise ValueError(
            f"{setting} needs the package {error.name}: pip install 'sweep-ablation[{extra}]'"
        ) from error
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        raise ValueError(mismatch(setting, str(error))) from error


def mismatch(setting: str, reason: str) -> str:
    """Return the message for a torchvision whose compiled operators do not fit this torch.

    Args:
        setting: the setting that needs torchvision.
        reason: torch's message.
    """
    versions = " and ".join(
        f"{name} {_version(name)}" for name in ("torchvision", "torch")
    )
    return (
        f"{setting} needs torchvision, and {versions} are of different builds ({reason}). Install "
        "both from one index: pip install --force-reinstall torch torchvision --index-url "
        "https://download.pytorch.org/whl/cpu (for a GPU the address that pytorch.org names for "
        "your CUDA version)"
    )


def _version(package: str) -> str:
    """Return the installed version of a package, as text."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
