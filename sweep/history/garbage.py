"""Pause Python's garbage collector while many objects are created and few are freed.

Reading a log or building a report creates millions of objects that stay alive. Searching them for
reference cycles takes a fifth of the time and finds none.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause garbage collection inside the block; restore its state afterwards."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
