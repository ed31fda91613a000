"""Command lines that fire, tyro, jsonargparse and LightningCLI derive from functions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sweep.initial.description import Parameter
from sweep.initial.signatures import methods, of_class, of_function, parameter
from sweep.initial.source import (
    calls,
    classes,
    functions,
    keywords,
    last_name,
    literal,
)

# Names of functions and methods that train. Without one, the first is taken.
_TRAINING = ("train", "fit", "run", "main", "__call__")
_SEED = "seed_everything"


def fire(tree: ast.Module) -> tuple[tuple[Parameter, ...], tuple[str, ...]] | None:
    """Return fire's parameters, and the word that chooses one of several functions or methods."""
    for call in calls(tree, "Fire"):
        target = call.args[0] if call.args else keywords(call).get("component")
        if target is None or isinstance(target, ast.Dict):
            commands = _commands(target, tree)
            command = _training_name(commands)
            if command is None:
                continue
            return tuple(of_function(commands[command], tree)), (command,)
        name = last_name(target)
        if name in functions(tree):
            return tuple(of_function(functions(tree)[name], tree)), ()
        if name in classes(tree):
            return _of_fires_class(classes(tree)[name], tree)
    return None


def _training_name(names: Iterable[str]) -> str | None:
    """Return the name that says that it trains, else the first name, else None."""
    listed = list(names)
    for name in _TRAINING:
        if name in listed:
            return name
    return listed[0] if listed else None


def _commands(
    target: ast.expr | None, tree: ast.Module
) -> Mapping[str, ast.FunctionDef]:
    """Return fire's commands: every function for `Fire()`, the named ones for `Fire({…})`."""
    if target is None:
        return functions(tree)
    if not isinstance(target, ast.Dict):
        return {}
    commands: dict[str, ast.FunctionDef] = {}
    for key, value in zip(target.keys, target.values, strict=True):
        name, function = literal(key), functions(tree).get(last_name(value))
        if isinstance(name, str) and function is not None:
            commands[name] = function
    return commands


def _of_fires_class(
    node: ast.ClassDef, tree: ast.Module
) -> tuple[tuple[Parameter, ...], tuple[str, ...]]:
    """Return the parameters of `__init__` and of the method that trains, and that method's word."""
    parameters = list(of_class(node, tree))
    by_name = methods(node, tree)
    public = [
        name for name in by_name if not name.startswith("_") or name == "__call__"
    ]
    method_name = _training_name(public)
    if method_name is None:
        return tuple(parameters), ()
    of_init = {each.name for each in parameters}
    of_method = of_function(by_name[method_name], tree)
    parameters += [each for each in of_method if each.name not in of_init]
    words = () if method_name == "__call__" else (method_name,)
    return tuple(parameters), words


def of_argument(tree: ast.Module, *names: str) -> tuple[Parameter, ...] | None:
    """Return the parameters of the function or class passed to one of these functions.

    Example: `main` in `tyro.cli(main)`. jsonargparse's `CLI()` takes the module's last function.
    """
    for call in calls(tree, *names):
        target = call.args[0] if call.args else None
        name = last_name(target) if target is not None else ""
        if name in functions(tree):
            return tuple(of_function(functions(tree)[name], tree))
        if name in classes(tree):
            return tuple(of_class(classes(tree)[name], tree))
        if target is None and functions(tree):
            return tuple(of_function(next(reversed(functions(tree).values())), tree))
    return None


def lightning(tree: ast.Module) -> tuple[Parameter, ...] | None:
    """Return the parameters of `LightningCLI(Model, Data)`: model, data, epochs and seed."""
    for call in calls(tree, "LightningCLI"):
        options = keywords(call)
        positional = [*call.args, None, None]
        model = options.get("model_class", positional[0])
        data = options.get("datamodule_class", positional[1])
        parameters = [parameter("trainer.max_epochs", 10)]
        parameters += _of_part(model, "model.", tree)
        parameters += _of_part(data, "data.", tree)
        default = literal(options.get("seed_everything_default"))
        seed: Any = default if isinstance(default, int) else 0
        return (*parameters, parameter(_SEED, seed))
    return None


def _of_part(
    target: ast.expr | None, prefix: str, tree: ast.Module
) -> Iterator[Parameter]:
    """Yield the parameters of a class of the script, with names that begin with `prefix`."""
    name = last_name(target) if target is not None else ""
    if name in classes(tree):
        yield from of_class(classes(tree)[name], tree, prefix)
