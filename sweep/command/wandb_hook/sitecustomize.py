"""Writes what a program gives to `wandb.log` to the file SWEEP_WANDB_FILE as well, an object a
line.

Python imports a module of this name by itself when it starts; `sweep.command.wandb` puts this
folder in front. The program and its wandb stay as they are. wandb's own offline file is of no use
here: it is flushed at the end.
"""

# ruff: noqa: PTH100, PTH120, PTH123
# It runs whenever a Python starts, and imports as little as it can.

from __future__ import annotations

import atexit
import importlib
import importlib.abc
import importlib.util
import json
import os
import sys
from typing import Any

_TARGET = "wandb.sdk.wandb_run"


class _Patching(importlib.abc.MetaPathFinder):
    """Lets wandb's run module be found as usual, and changes its class once it is there."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """See `importlib.abc.MetaPathFinder`."""
        if name != _TARGET:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            load = loader.exec_module

            def exec_module(module: Any) -> None:
                load(module)
                _patch(module.Run)

            loader.exec_module = exec_module
        return spec


def _patch(run_class: Any) -> None:
    begin, log, finish = run_class.__init__, run_class.log, run_class.finish
    said: set[str] = set()

    def beginning(self: Any, *arguments: Any, **options: Any) -> None:
        begin(self, *arguments, **options)
        atexit.register(summarize, self)  # for a program that never calls `finish`

    def logging(self: Any, data: Any, *arguments: Any, **options: Any) -> Any:
        result = log(self, data, *arguments, **options)
        numbers = _numbers(data)
        said.update(numbers)
        _write(numbers)
        return result

    def summarize(self: Any) -> None:
        # `run.summary["best"] = 0.9` is a metric to W&B too; what was logged is in the summary as
        # well.
        summary = {
            name: value for name, value in _numbers(dict(self.summary)).items() if name[:1] != "_"
        }
        _write({name: value for name, value in summary.items() if name not in said})
        said.update(summary)

    def finishing(self: Any, *arguments: Any, **options: Any) -> Any:
        summarize(self)
        atexit.unregister(summarize)
        return finish(self, *arguments, **options)

    run_class.__init__, run_class.log, run_class.finish = beginning, logging, finishing


def _numbers(data: Any, above: str = "") -> dict[str, float]:
    """Numbers, and what holds one (an array or a tensor of one element); W&B joins names of mappings with a dot."""
    found: dict[str, float] = {}
    for name, value in data.items():
        if hasattr(value, "items"):
            found.update(_numbers(value, f"{above}{name}."))
            continue
        if (hasattr(value, "item") and getattr(value, "size", 1) == 1) or callable(
            getattr(value, "numel", None)
        ):
            try:
                value = value.item()
            except (RuntimeError, TypeError, ValueError):
                continue
        if isinstance(value, int | float):
            found[f"{above}{name}"] = value
    return found


def _write(numbers: dict[str, float]) -> None:
    if numbers:
        with open(os.environ["SWEEP_WANDB_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(numbers) + "\n")


def _next() -> None:
    """The `sitecustomize` that this one stands in front of."""
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
