"""Whether something can be called as `train(config, run)` and trains when it is."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from sweep.errors import TrainerNotFound

_FORM = "train(config, run)"


def check_form(function: Any, target: str) -> None:
    """Refuse what is no trainer.

    Args:
        target: what the study file calls it.

    Raises:
        TrainerNotFound: it cannot be called, is a coroutine or a generator, takes other parameters,
            or keys a cache by its configuration.
    """
    if not callable(function):
        kind = type(function).__name__
        raise TrainerNotFound(f"{target} is a {kind}, not a function {_FORM}")
    called = _called(function)
    if inspect.iscoroutinefunction(called) or inspect.isasyncgenfunction(called):
        raise TrainerNotFound(
            f"{target} is a coroutine (async def), and calling it would not train; make it a "
            f"function {_FORM} that calls asyncio.run"
        )
    if inspect.isgeneratorfunction(called):
        raise TrainerNotFound(
            f"{target} is a generator (it contains `yield`), and calling it would "
            "not train; report epochs with run.report instead"
        )
    if hasattr(function, "cache_info"):
        raise TrainerNotFound(
            f"{target} is cached (functools.cache): a configuration is a dict and cannot be a key; "
            f"cache what reads the data instead"
        )
    _check_parameters(function, target)


def _check_parameters(function: Callable[..., Any], target: str) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # of a compiled function it cannot be told
        return
    try:
        signature.bind({}, None)
    except TypeError as error:
        raise TrainerNotFound(
            f"{target}{signature} cannot be called as {_FORM}: {error}"
        ) from None
    names = [each.name for each in signature.parameters.values()]
    if names[:2] == ["run", "config"]:
        raise TrainerNotFound(
            f"{target}{signature} has its parameters swapped; it has to be {_FORM}"
        )


def _called(function: Any) -> Any:
    """The function behind an instance that can be called."""
    if inspect.isroutine(function) or isinstance(function, functools.partial | type):
        return function
    return type(function).__call__
