"""Command lines that a library makes of a function or a class.

fire, tyro, jsonargparse and LightningCLI.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from sweep.initial.found import Parameter
from sweep.initial.signatures import methods, of_class, of_function, parameter
from sweep.initial.source import (
    calls,
    classes,
    functions,
    keywords,
    last_name,
    literal,
)

# Methods that train, where fire is given a class; else its first public one.
_TRAINING = ("train", "fit", "run", "main", "__call__")
_SEED = "seed_everything"


def fire(tree: ast.Module) -> tuple[tuple[Parameter, ...], tuple[str, ...]] | None:
    """Parameters, and the words that say which of several functions or methods is called."""
    for call in calls(tree, "Fire"):
        target = call.args[0] if call.args else keywords(call).get("component")
        named = _commands(target, tree)
        if target is None or isinstance(target, ast.Dict):
            word, function = next(
                ((name, named[name]) for name in _TRAINING if name in named),
                next(iter(named.items()), ("", None)),
            )
            if function is not None:
                return tuple(of_function(function, tree)), (word,)
            continue
        name = last_name(target)
        if name in functions(tree):
            return tuple(of_function(functions(tree)[name], tree)), ()
        if name in classes(tree):
            return _of_fires_class(classes(tree)[name], tree)
    return None


def _commands(
    target: ast.expr | None, tree: ast.Module
) -> Mapping[str, ast.FunctionDef]:
    """`Fire()`: every function is a command; `Fire({"train": train})`: those that are named."""
    if target is None:
        return functions(tree)
    if not isinstance(target, ast.Dict):
        return {}
    named: dict[str, ast.FunctionDef] = {}
    for key, value in zip(target.keys, target.values, strict=True):
        name, function = literal(key), functions(tree).get(last_name(value))
        if isinstance(name, str) and function is not None:
            named[name] = function
    return named


def _of_fires_class(
    found: ast.ClassDef, tree: ast.Module
) -> tuple[tuple[Parameter, ...], tuple[str, ...]]:
    """What `__init__` and the method that trains take; fire hands each what it names."""
    parameters = list(of_class(found, tree))
    public = {
        name: method
        for name, method in methods(found, tree).items()
        if not name.startswith("_") or name == "__call__"
    }
    chosen = next((name for name in _TRAINING if name in public), None)
    chosen = chosen or next(iter(public), None)
    if chosen is None:
        return tuple(parameters), ()
    taken = {each.name for each in parameters}
    of_method = of_function(public[chosen], tree)
    parameters += [each for each in of_method if each.name not in taken]
    words = () if chosen == "__call__" else (chosen,)
    return tuple(parameters), words


def of_what_is_given_to(tree: ast.Module, *names: str) -> tuple[Parameter, ...] | None:
    """The parameters of the function or dataclass in `tyro.cli(main)`, `CLI(main)`."""
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
    """What `LightningCLI(Model, Data)` takes: of the model, of the data, and how long it trains."""
    for call in calls(tree, "LightningCLI"):
        given = keywords(call)
        positions = [*call.args, None, None]
        model = given.get("model_class", positions[0])
        data = given.get("datamodule_class", positions[1])
        parameters = [parameter("trainer.max_epochs", 10)]
        parameters += _of_part(model, "model.", tree)
        parameters += _of_part(data, "data.", tree)
        default = literal(given.get("seed_everything_default"))
        seeded: Any = default if isinstance(default, int) else 0
        return (*parameters, parameter(_SEED, seeded))
    return None


def _of_part(
    target: ast.expr | None, prefix: str, tree: ast.Module
) -> Iterator[Parameter]:
    name = last_name(target) if target is not None else ""
    if name in classes(tree):
        yield from of_class(classes(tree)[name], tree, prefix)
