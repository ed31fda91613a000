"""Lets torchvision be imported beside a build of torch that its compiled operators do not fit.

torchvision registers shape functions for `torchvision::nms` and `qnms` when it is
imported. Where its compiled half does not load, as beside a CPU build of torch from
another index, these operators do not exist and the import fails. The models that are
tested use neither: declaring them without an implementation is enough, and a call of
one fails. To be called before anything imports torchvision.
"""

from __future__ import annotations

import importlib.util

import pytest
import torch

OPERATORS = ("nms", "qnms")
SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"

_declared: list[torch.library.Library] = []  # an operator lives as long as its library


def declare() -> None:
    """Declare the operators where torchvision's compiled half cannot be loaded."""
    if _declared or _loads():
        return
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in OPERATORS:
        library.define(f"{name}{SIGNATURE}")
    _declared.append(library)


def need(*packages: str) -> None:
    """Skip, by name, where an optional package is missing; else make torchvision importable."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(
            f"NOT CHECKED: {', '.join(missing)} not installed, see .ci/backbones",
            allow_module_level=True,
        )
    declare()


def _loads() -> bool:
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        return False
    except ModuleNotFoundError:
        return True
    return True
