"""Find a trainer's parameters and metrics in its settings class or its source.

The source is parsed, not run.

For a function: `config["name"]`, `config.get("name", default)`, the names in `run.report(epoch,
{…})`, and the values of a module-level dict with those names. `sweep.initial.script` reads scripts;
a file with a function `train(config, run)` is not a script.
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
from sweep.initial.found import UNKNOWN, Found, Parameter, default_first
from sweep.initial.script import script
from sweep.initial.source import literal, parsed


def read(name: str, folder: Path) -> Found:
    """Describe a trainer; `folder` is the study file's, where relative paths start.

    Raises:
        TrainerNotFound: see `sweep.trainer`.
    """
    source, colon, function = name.rpartition(":")
    if not colon and name.endswith(".py"):
        path = Path(name)
        if not path.is_file():
            raise TrainerNotFound(f"no file {path.absolute()}")
        trains = _trains(path)
        if trains is None:
            return script(path, _relative(path, folder))
        name, source, function = f"{name}:{trains}", name, trains
    ref = trainer.described(trainer.resolve(name))
    if ref.kind == "file":
        name = f"{_relative(Path(source), folder)}:{function}"
    if ref.settings is not None:
        return Found(
            name,
            tuple(_settings(ref.settings)),
            _ordered(ref.settings, ref.metrics or ()),
        )
    train = inspect.unwrap(trainer.load(ref))
    written = (
        inspect.getsourcefile(train)
        if inspect.isroutine(train) or inspect.isclass(train)
        else None
    )
    tree = ast.parse(Path(written).read_text(encoding="utf-8") if written else "")
    first = next(iter(inspect.signature(train).parameters), "config")
    return Found(name, tuple(_used(tree, first)), ref.metrics or tuple(_reported(tree)))


def _trains(path: Path) -> str | None:
    """The function `train(config, run)` of a file, under any name."""
    for node in parsed(path).body:
        if isinstance(node, ast.FunctionDef):
            names = [each.arg for each in node.args.args]
            if names in (["config", "run"], ["cfg", "run"]):
                return node.name
    return None


def _relative(path: Path, folder: Path) -> str:
    return Path(
        os.path.relpath(path.expanduser().resolve(), folder.resolve())
    ).as_posix()


# --------------------------------------------------------------------------- a settings class


def _settings(model: type[BaseModel]) -> Iterator[Parameter]:
    for name, about in model.model_fields.items():
        default = UNKNOWN if about.default is PydanticUndefined else about.default
        choices: tuple[Any, ...] = ()
        if get_origin(about.annotation) is Literal:
            choices = get_args(about.annotation)
        elif about.annotation is bool:
            choices = (False, True)
        yield Parameter(
            name, default, default_first(default, choices), about.description or ""
        )


def _ordered(model: type[BaseModel], metrics: tuple[str, ...]) -> tuple[str, ...]:
    """Metrics with the one that the trainer itself monitors first; patterns are left out."""
    monitor = (
        model.model_fields["monitor"].default
        if "monitor" in model.model_fields
        else None
    )
    names = [name for name in metrics if not set("*?[") & set(name)]
    return tuple(sorted(names, key=lambda name: name != monitor))


# --------------------------------------------------------------------------- a function's source


def _used(tree: ast.Module, config: str) -> Iterator[Parameter]:
    """Every key that the module reads from a variable with the configuration's name."""
    defaults: dict[str, Any] = {}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Subscript)
            and _named(node.value, config)
            and isinstance(node.ctx, ast.Load)
        ):
            key, default = literal(node.slice), UNKNOWN
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
        ):
            if not _named(node.func.value, config) or not node.args:
                continue
            key, default = (
                literal(node.args[0]),
                literal(node.args[1]) if len(node.args) > 1 else UNKNOWN,
            )
        else:
            continue
        if isinstance(key, str) and defaults.get(key, UNKNOWN) is UNKNOWN:
            defaults[key] = default
    for node in tree.body:  # CONFIG = {"epochs": 10, …}
        given = literal(node.value) if isinstance(node, ast.Assign) else None
        if isinstance(given, dict) and defaults.keys() & given.keys():
            defaults = {
                name: given.get(name, value) for name, value in defaults.items()
            }
    for name, default in defaults.items():
        yield Parameter(
            name, default, (default, not default) if isinstance(default, bool) else ()
        )


def _reported(tree: ast.Module) -> Iterator[str]:
    """Names in dicts passed to `….report(epoch, {…})`, validation metrics first."""
    names: list[str] = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "report"
        ):
            dicts = [
                argument for argument in node.args if isinstance(argument, ast.Dict)
            ]
            names += [
                key
                for found in dicts
                for each in found.keys
                if isinstance(key := literal(each), str)
            ]
    yield from sorted(
        dict.fromkeys(names),
        key=lambda name: (name.startswith("test"), "val" not in name),
    )


def _named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
