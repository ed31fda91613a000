"""Lets Ray Tune remember its trainable, which it otherwise asks the `gcs_server` for at each trial.

If the `gcs_server` has died, the question hangs until Ray's core ends the driver (see
`sweep.engine.node`). It is also slow: the class carries the code next to the trainer to a joined
cluster, and reading 10 MB of code took 31 ms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ray.tune import registry

# The methods of Ray Tune's registry that ask, called with a category and a name.
_ASKING = ("contains", "get")


@contextmanager
def remembered() -> Iterator[None]:
    """In this context Ray Tune asks for each registered trainable once.

    If another version of Ray has no such registry, it asks at each trial, with the same results.
    """
    ray_registry: Any = getattr(registry, "_global_registry", None)
    asking = [name for name in _ASKING if hasattr(ray_registry, name)]
    for name in asking:
        setattr(ray_registry, name, _asked_once(getattr(ray_registry, name)))
    try:
        yield
    finally:
        for name in asking:
            delattr(ray_registry, name)  # the class's method is found again


def _asked_once(ask: Callable[[str, str], Any]) -> Callable[[str, str], Any]:
    """A function that answers like `ask`; what is not registered yet is asked for again."""
    answers: dict[tuple[str, str], Any] = {}

    def answer(category: str, key: str) -> Any:
        if (category, key) in answers:
            return answers[category, key]
        found = ask(category, key)
        if found:
            answers[category, key] = found
        return found

    return answer
