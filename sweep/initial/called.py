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
            parameters = of_function(commands[command], tree)
            return tuple(parameters), (command,)
        name = last_name(target)
        if name in functions(tree):
            function = functions(tree)[name]
            return tuple(of_function(function, tree)), ()
        if name in classes(tree):
            return _of_fires_class(classes(tree)[name], tree)
    return None


def _training_name(names: Iterable[str]) -> str | None:
    """Return the name that says that it trains, else the first name, else None."""
    available = list(names)
    for name in _TRAINING:
        if name in available:
            return name
    if not available:
        return None
    return available[0]


def _commands(
    target: ast.expr | None, tree: ast.Module
) -> Mapping[str, ast.FunctionDef]:
    """Return fire's commands: every function for `Fire()`, the named ones for `Fire({…})`."""
    by_name = functions(tree)
    if target is None:
        return by_name
    if not isinstance(target, ast.Dict):
        return {}
    commands: dict[str, ast.FunctionDef] = {}
    for key, value in zip(target.keys, target.values, strict=True):
        command = literal(key)
        function = by_name.get(last_name(value))
        if isinstance(command, str) and function is not None:
            commands[command] = function
    return commands


def _of_fires_class(
    node: ast.ClassDef, tree: ast.Module
) -> tuple[tuple[Parameter, ...], tuple[str, ...]]:
    """Return the parameters of `__init__` and of the method that trains, and that method's word."""
    parameters = list(of_class(node, tree))
    by_name = methods(node, tree)
    commands = [name for name in by_name if _is_command(name)]
    method_name = _training_name(commands)
    if method_name is None:
        return tuple(parameters), ()
    names_of_init = {each.name for each in parameters}
    of_method = of_function(by_name[method_name], tree)
    parameters += [each for each in of_method if each.name not in names_of_init]
    words = () if method_name == "__call__" else (method_name,)
    return tuple(parameters), words


def _is_command(method: str) -> bool:
    """Return whether fire offers a method as a command."""
    return method == "__call__" or not method.startswith("_")


def of_argument(tree: ast.Module, *names: str) -> tuple[Parameter, ...] | None:
    """Return the parameters of the function or class passed to one of these functions.

    Example: `main` in `tyro.cli(main)`. jsonargparse's `CLI()` takes the module's last function.
    """
    functions_by_name = functions(tree)
    classes_by_name = classes(tree)
    for call in calls(tree, *names):
        target = call.args[0] if call.args else None
        name = last_name(target) if target is not None else ""
        if name in functions_by_name:
            return tuple(of_function(functions_by_name[name], tree))
        if name in classes_by_name:
            return tuple(of_class(classes_by_name[name], tree))
        if target is None and functions_by_name:
            last_function = list(functions_by_name.values())[-1]
            return tuple(of_function(last_function, tree))
    return None


def lightning(tree: ast.Module) -> tuple[Parameter, ...] | None:
    """Return the parameters of `LightningCLI(Model, Data)`: model, data, epochs and seed."""
    for call in calls(tree, "LightningCLI"):
        options = keywords(call)
        positional = [*call.args, None, None]
        model = options.get("model_class", positional[0])
        data = options.get("datamodule_class", positional[1])
        default_seed = literal(options.get("seed_everything_default"))
        seed: Any = default_seed if isinstance(default_seed, int) else 0
        return (
            parameter("trainer.max_epochs", 10),
            *_of_part(model, "model.", tree),
            *_of_part(data, "data.", tree),
            parameter(_SEED, seed),
        )
    return None


def _of_part(
    target: ast.expr | None, prefix: str, tree: ast.Module
) -> Iterator[Parameter]:
    """Yield the parameters of a class of the script, with names that begin with `prefix`."""
    name = last_name(target) if target is not None else ""
    if name in classes(tree):
        yield from of_class(classes(tree)[name], tree, prefix)
