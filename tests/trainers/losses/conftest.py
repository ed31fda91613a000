"""Independent implementations to compare with, skipped loudly where they are not installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from types import ModuleType

import pytest

INSTALL = "pip install sweep-ablation[reference]"


@pytest.fixture
def reference() -> Callable[[str], ModuleType]:
    """Name → the reference library, or a skip that says what to install; plain-formula
    tests run without it."""
    return _library


@pytest.fixture
def open_clip_losses() -> ModuleType:
    """open_clip's module of losses by its file alone: it needs torch only, its package
    torchvision too."""
    return _module("open_clip", "loss")


def _library(name: str) -> ModuleType:
    return pytest.importorskip(
        name, reason=f"{name} is not installed, nothing compared with it: {INSTALL}"
    )


def _module(package: str, module: str) -> ModuleType:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        # The package asks for torchvision, which would replace a CPU build of torch;
        # its file of losses does not.
        pytest.skip(
            f"{package} is not installed, nothing compared with it: pip install"
            " --no-deps open-clip-torch"
        )
    path = f"{next(iter(spec.submodule_search_locations))}/{module}.py"
    alone = importlib.util.spec_from_file_location(f"reference_{module}", path)
    assert alone is not None
    assert alone.loader is not None
    loaded = importlib.util.module_from_spec(alone)
    alone.loader.exec_module(loaded)
    return loaded
