"""Find a trainer's parameters and metrics in its settings class or its source.

The source is parsed and not run. Of a function, the parameters are the keys in `config["name"]` and
`config.get("name", default)`, and the metrics are the names in `run.report(epoch, {…})`. A
module-level dict with these keys gives their defaults. `sweep.initial.script` reads scripts; a file
with a function `train(config, run)` is not a script.
"""

from __future__ import annotations

import ast
import inspect
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from sweep import trainer
from sweep.errors import TrainerNotFound
from sweep.initial.description import Parameter, TrainerDescription, default_first
from sweep.initial.script import script
from sweep.initial.source import UNKNOWN, calls, literal, parsed


def read(name: str, folder: Path) -> TrainerDescription:
    """Describe a trainer; paths in the description are relative to the study file's `folder`.

    Raises:
        TrainerNotFound: see `sweep.trainer`.
    """
    source, colon, function = name.rpartition(":")
    if not colon and name.endswith(".py"):
        path = Path(name)
        if not path.is_file():
            raise TrainerNotFound(f"no file {path.absolute()}")
        trainer_function = _trainer_function(path)
        if trainer_function is None:
            return script(path, _relative(path, folder))
        source, function = name, trainer_function
        name = f"{source}:{function}"
    reference = trainer.described(trainer.resolve(name))
    if reference.kind == "file":
        name = f"{_relative(Path(source), folder)}:{function}"
    if reference.settings is not None:
        parameters = tuple(_settings(reference.settings))
        metrics = _ordered(reference.settings, reference.metrics or ())
        return TrainerDescription(name, parameters, metrics)
    train = inspect.unwrap(trainer.load(reference))
    tree = _source_of(train)
    parameters = tuple(_used(tree, _config_name(train)))
    metrics = reference.metrics or tuple(_reported(tree))
    return TrainerDescription(name, parameters, metrics)


def _config_name(train: Callable[..., Any]) -> str:
    """Return the name of the function's first parameter, which receives the configuration."""
    names = inspect.signature(train).parameters
    return next(iter(names), "config")


def _source_of(train: object) -> ast.Module:
    """Return the syntax tree of the file that defines a function or class, else an empty tree."""
    file = None
    if inspect.isroutine(train) or inspect.isclass(train):
        file = inspect.getsourcefile(train)
    if not file:
        return ast.parse("")
    source = Path(file).read_text(encoding="utf-8")
    return ast.parse(source)


def _trainer_function(path: Path) -> str | None:
    """Return the name of a file's function with the parameters `(config, run)`, or None."""
    for node in parsed(path).body:
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in node.args.args]
            if names in (["config", "run"], ["cfg", "run"]):
                return node.name
    return None


def _relative(path: Path, folder: Path) -> str:
    """Return the path relative to the folder, with forward slashes."""
    relative = os.path.relpath(path.expanduser().resolve(), folder.resolve())
    return Path(relative).as_posix()


# --------------------------------------------------------------------------- a settings class


def _settings(model: type[BaseModel]) -> Iterator[Parameter]:
    """Yield a parameter for each field of a settings class."""
    for name, field in model.model_fields.items():
        default = field.default
        if default is PydanticUndefined:
            default = UNKNOWN
        choices = default_first(default, _choices(field.annotation))
        yield Parameter(name, default, choices, field.description or "")


def _choices(annotation: Any) -> tuple[Any, ...]:
    """Return the values that a field's type allows; empty if they cannot be listed."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if annotation is bool:
        return (False, True)
    return ()


def _ordered(model: type[BaseModel], metrics: tuple[str, ...]) -> tuple[str, ...]:
    """Return the metrics, the one that the trainer monitors first; patterns are left out."""
    field = model.model_fields.get("monitor")
    monitor = None if field is None else field.default
    names = [name for name in metrics if not _is_pattern(name)]
    monitored_first = sorted(names, key=lambda name: name != monitor)
    return tuple(monitored_first)


def _is_pattern(metric: str) -> bool:
    """Return whether a metric's name stands for several names, such as `test/f1/*`."""
    return any(character in metric for character in "*?[")


# --------------------------------------------------------------------------- a function's source


def _used(tree: ast.Module, config: str) -> Iterator[Parameter]:
    """Yield a parameter for each key that the module reads from the variable `config`."""
    defaults: dict[str, Any] = {}
    for node in ast.walk(tree):
        key, default = _key_read(node, config)
        if isinstance(key, str) and defaults.get(key, UNKNOWN) is UNKNOWN:
            defaults[key] = default
    for values in _module_dicts(tree):
        for key in defaults.keys() & values.keys():
            defaults[key] = values[key]
    for name, default in defaults.items():
        choices = (default, not default) if isinstance(default, bool) else ()
        yield Parameter(name, default, choices)


def _module_dicts(tree: ast.Module) -> Iterator[dict[Any, Any]]:
    """Yield the dicts that the module assigns to a variable: `CONFIG = {"epochs": 10, …}`."""
    for node in tree.body:
        if isinstance(node, ast.Assign):
            value = literal(node.value)
            if isinstance(value, dict):
                yield value


def _key_read(node: ast.AST, config: str) -> tuple[Any, Any]:
    """Return key and default of `config["key"]` or `config.get("key", default)`.

    Key and default are None and `UNKNOWN` for any other node.
    """
    if isinstance(node, ast.Subscript):
        is_read = isinstance(node.ctx, ast.Load)
        if is_read and _is_name(node.value, config):
            return literal(node.slice), UNKNOWN
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        is_get = node.func.attr == "get" and _is_name(node.func.value, config)
        if is_get and node.args:
            key, *more = node.args
            default = literal(more[0]) if more else UNKNOWN
            return literal(key), default
    return None, UNKNOWN


def _reported(tree: ast.Module) -> Iterator[str]:
    """Yield the names in dicts passed to `….report(epoch, {…})`, validation metrics first."""
    names: dict[str, None] = {}
    for call in calls(tree, "report"):
        is_method = isinstance(call.func, ast.Attribute)
        if not is_method:
            continue
        for argument in call.args:
            for name in _text_keys(argument):
                names[name] = None
    yield from sorted(names, key=_validation_first)


def _text_keys(node: ast.expr) -> Iterator[str]:
    """Yield the keys of a dict that are literal texts; none for another expression."""
    if not isinstance(node, ast.Dict):
        return
    for key in node.keys:
        name = literal(key)
        if isinstance(name, str):
            yield name


def _validation_first(name: str) -> tuple[bool, bool]:
    """Return a key that sorts metrics of tests last, and those of validation first."""
    is_test = name.startswith("test")
    is_validation = "val" in name
    return is_test, not is_validation


def _is_name(node: ast.expr, name: str) -> bool:
    """Return whether the expression is the variable of that name."""
    return isinstance(node, ast.Name) and node.id == name
