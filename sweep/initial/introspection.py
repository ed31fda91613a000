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
from collections.abc import Iterator
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
    ref = trainer.described(trainer.resolve(name))
    if ref.kind == "file":
        name = f"{_relative(Path(source), folder)}:{function}"
    if ref.settings is not None:
        parameters = tuple(_settings(ref.settings))
        metrics = _ordered(ref.settings, ref.metrics or ())
        return TrainerDescription(name, parameters, metrics)
    train = inspect.unwrap(trainer.load(ref))
    tree = _source_of(train)
    config_name = next(iter(inspect.signature(train).parameters), "config")
    parameters = tuple(_used(tree, config_name))
    return TrainerDescription(name, parameters, ref.metrics or tuple(_reported(tree)))


def _source_of(train: object) -> ast.Module:
    """Return the syntax tree of the file that defines a function or class, else an empty tree."""
    file = None
    if inspect.isroutine(train) or inspect.isclass(train):
        file = inspect.getsourcefile(train)
    source = Path(file).read_text(encoding="utf-8") if file else ""
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
        default = UNKNOWN if field.default is PydanticUndefined else field.default
        choices: tuple[Any, ...] = ()
        if get_origin(field.annotation) is Literal:
            choices = get_args(field.annotation)
        elif field.annotation is bool:
            choices = (False, True)
        ordered = default_first(default, choices)
        yield Parameter(name, default, ordered, field.description or "")


def _ordered(model: type[BaseModel], metrics: tuple[str, ...]) -> tuple[str, ...]:
    """Return the metrics, the one that the trainer monitors first; patterns are left out."""
    field = model.model_fields.get("monitor")
    monitor = None if field is None else field.default
    names = [name for name in metrics if not set("*?[") & set(name)]
    return tuple(sorted(names, key=lambda name: name != monitor))


# --------------------------------------------------------------------------- a function's source


def _used(tree: ast.Module, config: str) -> Iterator[Parameter]:
    """Yield a parameter for each key that the module reads from the variable `config`."""
    defaults: dict[str, Any] = {}
    for node in ast.walk(tree):
        key, default = _key_read(node, config)
        if isinstance(key, str) and defaults.get(key, UNKNOWN) is UNKNOWN:
            defaults[key] = default
    for node in tree.body:  # CONFIG = {"epochs": 10, …}
        values = literal(node.value) if isinstance(node, ast.Assign) else None
        if isinstance(values, dict):
            for key in defaults.keys() & values.keys():
                defaults[key] = values[key]
    for name, default in defaults.items():
        choices = (default, not default) if isinstance(default, bool) else ()
        yield Parameter(name, default, choices)


def _key_read(node: ast.AST, config: str) -> tuple[Any, Any]:
    """Return key and default of `config["key"]` or `config.get("key", default)`.

    Key and default are None and `UNKNOWN` for any other node.
    """
    if isinstance(node, ast.Subscript):
        if _is_name(node.value, config) and isinstance(node.ctx, ast.Load):
            return literal(node.slice), UNKNOWN
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        is_get = node.func.attr == "get" and _is_name(node.func.value, config)
        if is_get and node.args:
            default = literal(node.args[1]) if len(node.args) > 1 else UNKNOWN
            return literal(node.args[0]), default
    return None, UNKNOWN


def _reported(tree: ast.Module) -> Iterator[str]:
    """Yield the names in dicts passed to `….report(epoch, {…})`, validation metrics first."""
    names: dict[str, None] = {}
    for call in calls(tree, "report"):
        if not isinstance(call.func, ast.Attribute):
            continue
        for argument in call.args:
            keys = argument.keys if isinstance(argument, ast.Dict) else []
            for key in keys:
                name = literal(key)
                if isinstance(name, str):
                    names[name] = None
    yield from sorted(
        names, key=lambda name: (name.startswith("test"), "val" not in name)
    )


def _is_name(node: ast.expr, name: str) -> bool:
    """Return whether the expression is the variable of that name."""
    return isinstance(node, ast.Name) and node.id == name
