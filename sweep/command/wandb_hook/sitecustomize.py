"""Write the arguments of `wandb.log` to the file SWEEP_WANDB_FILE as well, one object a line.

Python imports a module of this name when it starts; `sweep.command.wandb` puts this folder first in
the path. The program and wandb are unchanged. wandb's own offline file cannot be used, since it is
only flushed at the end.
"""

# ruff: noqa: PTH100, PTH120, PTH123
# It runs at every start of Python, so it imports as little as possible.

from __future__ import annotations

import atexit
import importlib
import importlib.abc
import importlib.util
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

# Module of wandb → its class whose `log` is heard; the second is that of `mode="disabled"`.
_TARGETS = {"wandb.sdk.wandb_run": "Run", "wandb.sdk.lib.noop_run": "NoopRun"}


class _Patching(importlib.abc.MetaPathFinder):
    """Finds wandb's modules as usual, and patches their classes after import."""

    def __init__(self) -> None:
        self._left = dict(_TARGETS)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """See `importlib.abc.MetaPathFinder`."""
        class_name = self._left.pop(name, None)
        if class_name is None:
            return None
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            load = loader.exec_module

            def exec_module(module: Any) -> None:
                load(module)
                run_class = getattr(module, class_name, None)
                if run_class is not None:
                    _patch(run_class)

            loader.exec_module = exec_module
        return spec


_said: set[str] = set()  # names that a run was logged with; one run a process


def _patch(run_class: Any) -> None:
    begin, log, finish = run_class.__init__, run_class.log, run_class.finish

    def beginning(self: Any, *arguments: Any, **options: Any) -> None:
        begin(self, *arguments, **options)
        atexit.unregister(_summarize)
        atexit.register(_summarize, self)  # for a program that never calls `finish`

    def logging(self: Any, data: Any, *arguments: Any, **options: Any) -> Any:
        result = log(self, data, *arguments, **options)
        with _Harmless():
            numbers = _numbers(data)
            _said.update(numbers)
            _write(numbers)
        return result

    def finishing(self: Any, *arguments: Any, **options: Any) -> Any:
        _summarize(self)
        atexit.unregister(_summarize)
        return finish(self, *arguments, **options)

    run_class.__init__, run_class.log, run_class.finish = beginning, logging, finishing


def _summarize(run: Any) -> None:
    """Record values that are only in the summary: `run.summary["best"] = 0.9` is a metric too."""
    with _Harmless():
        numbers = _numbers(_content(run.summary))
        own = {
            name: value for name, value in numbers.items() if not name.startswith("_")
        }
        _write({name: value for name, value in own.items() if name not in _said})
        _said.update(own)


class _Harmless:
    """Print an error in the hook once, and let the program continue."""

    told = False

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if kind is None or not issubclass(kind, Exception):
            return False
        if not _Harmless.told:
            _Harmless.told = True
            sys.stderr.write(
                f"sweep: a call of wandb.log could not be read: {error!r}\n"
            )
        return True


def _content(summary: Any) -> Any:
    """The summary as plain mappings; wandb's class returns an item for every attribute."""
    read = getattr(type(summary), "_as_dict", None)
    return summary if read is None else read(summary)


def _numbers(data: Any, above: str = "") -> dict[str, float]:
    """The numbers of a mapping, including arrays and tensors with one element.

    W&B joins nested names with a dot.
    """
    found: dict[str, float] = {}
    for name, value in data.items():
        value = _content(value)
        if isinstance(value, Mapping):
            found.update(_numbers(value, f"{above}{name}."))
            continue
        number = _number(value)
        if number is not None:
            found[f"{above}{name}"] = number
    return found


def _number(value: Any) -> float | None:
    of_one = hasattr(value, "item") and getattr(value, "size", 1) == 1
    if of_one or callable(getattr(value, "numel", None)):
        try:
            value = value.item()
        except (RuntimeError, TypeError, ValueError):
            return None
    return value if isinstance(value, int | float) else None


def _write(numbers: dict[str, float]) -> None:
    if numbers:
        with open(os.environ["SWEEP_WANDB_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(numbers) + "\n")


def _next() -> None:
    """The next `sitecustomize` in the path, which this one hides."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    this = sys.modules.pop("sitecustomize", None)
    try:
        importlib.import_module("sitecustomize")
    except ModuleNotFoundError as error:
        if error.name != "sitecustomize":
            raise
        if this is not None:
            sys.modules["sitecustomize"] = this


if "SWEEP_WANDB_FILE" in os.environ:
    sys.meta_path.insert(0, _Patching())
_next()
