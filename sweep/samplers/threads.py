"""Limit numerics to one core while a configuration is chosen.

The other cores are for trials: with two busy cores, a Gaussian process of 200 points was five times
faster with one thread, and used a tenth of the CPU time. With one thread, sums are also identical
to the last bit on machines with different numbers of cores, so that a study can be resumed there.
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

# Modules that load libraries with thread pools.
_THREADED = ("numpy", "scipy.linalg", "torch")


def one_thread() -> AbstractContextManager[Any]:
    """A context in which the libraries loaded so far use one thread."""
    limited: AbstractContextManager[Any] = _libraries(
        tuple(n for n in _THREADED if n in sys.modules)
    ).limit(limits=1)
    return limited


@cache
def _libraries(loaded: tuple[str, ...]) -> Any:
    """The thread pools of this process.

    Finding them takes a millisecond, and must be repeated when more modules are loaded.
    """
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController()
