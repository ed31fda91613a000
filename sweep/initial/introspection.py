"""What a trainer says of itself: by its settings class, or in its source, which is read and not
run.

Of a function: `config["name"]`, `config.get("name", default)`, the names in `run.report(epoch,
{…})`, and the values of a dict of the module that has those names. Of a script:
`parser.add_argument("--name", default=…)` and what it prints.
"""

from __future__ import annotations

import ast
import inspect
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from sweep import trainer
from sweep.errors import TrainerNotFound
from sweep.initial.printed import Printed, printed

UNKNOWN = object()  # a parameter without a default that could be read


@dataclass(frozen=True)
class Parameter:
    """One thing that can be set; `default` may be `UNKNOWN`; `choices` are all its values, default first."""

    name: str
    default: Any = UNKNOWN
    choices: tuple[Any, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Found:
    """A trainer as far as it is known.

    Attributes:
        trainer: for the key of that name; None for a script.
        metrics: names; the first is what to optimise.
        run: of a script: the words of its command.
        flags: of a script: the style of its flags.
        wandb: a script that calls `wandb.log`.
        printed: of a script: what finds the numbers in its output.
    """

    trainer: str | None
    parameters: tuple[Parameter, ...]
    metrics: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    flags: Mapping[str, Any] = field(default_factory=dict)
    wandb: bool = False
    printed: Printed = field(default_factory=Printed)


def read(name: str, folder: Path) -> Found:
    """What there is to know of a trainer; `folder` is the study file's, to which paths in it are
    relative.

    Raises:
        TrainerNotFound: see `sweep.trainer`.
    """
    source, colon, function = name.rpartition(":")
    if not colon and name.endswith(".py"):
        path = Path(name)
        if not path.is_file():
            raise TrainerNotFound(f"no file {path.absolute()}")
        return _script(path, _relative(path, folder))
    ref = trainer.described(trainer.resolve(name))
    if ref.kind == "file":
        name = f"{_relative(Path(source), folder)}:{function}"
    if ref.settings is not None:
        return Found(
            name, tuple(_settings(ref.settings)), _ordered(ref.settings, ref.metrics or ())
        )
    train = inspect.unwrap(trainer.load(ref))
    written = (
        inspect.getsourcefile(train) if inspect.isroutine(train) or inspect.isclass(train) else None
    )
    tree = ast.parse(Path(written).read_text(encoding="utf-8") if written else "")
    first = next(iter(inspect.signature(train).parameters), "config")
    return Found(name, tuple(_used(tree, first)), ref.metrics or tuple(_reported(tree)))


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path.expanduser().resolve(), folder.resolve())).as_posix()


# --------------------------------------------------------------------------- a settings class


def _settings(model: type[BaseModel]) -> Iterator[Parameter]:
    for name, about in model.model_fields.items():
        default = UNKNOWN if about.default is PydanticUndefined else about.default
        choices: tuple[Any, ...] = ()
        if get_origin(about.annotation) is Literal:
            choices = get_args(about.annotation)
        elif about.annotation is bool:
            choices = (False, True)
        yield Parameter(name, default, _first(default, choices), about.description or "")


def _ordered(model: type[BaseModel], metrics: tuple[str, ...]) -> tuple[str, ...]:
    """What the trainer itself would monitor goes first; patterns are no names."""
    monitor = model.model_fields["monitor"].default if "monitor" in model.model_fields else None
    names = [name for name in metrics if not set("*?[") & set(name)]
    return tuple(sorted(names, key=lambda name: name != monitor))


def _first(default: Any, choices: tuple[Any, ...]) -> tuple[Any, ...]:
    return (default, *(c for c in choices if c != default)) if default in choices else choices


# --------------------------------------------------------------------------- a function's source


def _used(tree: ast.Module, config: str) -> Iterator[Parameter]:
    """Every key that the module reads from a variable of the name that the function gives to its configuration."""
    defaults: dict[str, Any] = {}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Subscript)
            and _named(node.value, config)
            and isinstance(node.ctx, ast.Load)
        ):
            key, default = _literal(node.slice), UNKNOWN
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
        ):
            if not _named(node.func.value, config) or not node.args:
                continue
            key, default = (
                _literal(node.args[0]),
                _literal(node.args[1]) if len(node.args) > 1 else UNKNOWN,
            )
        else:
            continue
        if isinstance(key, str) and defaults.get(key, UNKNOWN) is UNKNOWN:
            defaults[key] = default
    for node in tree.body:  # CONFIG = {"epochs": 10, …}
        given = _literal(node.value) if isinstance(node, ast.Assign) else None
        if isinstance(given, dict) and defaults.keys() & given.keys():
            defaults = {name: given.get(name, value) for name, value in defaults.items()}
    for name, default in defaults.items():
        yield Parameter(name, default, (default, not default) if isinstance(default, bool) else ())


def _reported(tree: ast.Module) -> Iterator[str]:
    """Names in the dicts given to `….report(epoch, {…})`, those of validation first."""
    names: list[str] = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "report"
        ):
            dicts = [argument for argument in node.args if isinstance(argument, ast.Dict)]
            names += [
                key
                for found in dicts
                for each in found.keys
                if isinstance(key := _literal(each), str)
            ]
    yield from sorted(
        dict.fromkeys(names), key=lambda name: (name.startswith("test"), "val" not in name)
    )


def _named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _literal(node: ast.expr | None) -> Any:
    """The value that stands in the source, `UNKNOWN` if it has to be computed."""
    try:
        return UNKNOWN if node is None else ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return UNKNOWN


# --------------------------------------------------------------------------- a script


def _script(path: Path, named: str) -> Found:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError, ValueError) as error:
        raise TrainerNotFound(f"{path} is no Python script: {error}") from error
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "add_argument"
    ]
    options = [(flag, call) for call in calls if (flag := _flag(call))]
    names = [flag for flag, _ in options]
    actions = {_action(call) for _, call in options}
    flags: dict[str, Any] = {"hyphens": True} if any("-" in flag for flag in names) else {}
    if "BooleanOptionalAction" in actions:
        flags["booleans"] = "negatable"
    elif "store_true" in actions:
        flags["booleans"] = "switch"
    seed = ("--seed", "${seed}") if "seed" in names else ()
    taken = tuple(
        _option(flag, call)
        for flag, call in options
        if flag != "seed" and _action(call) != "store_false"
    )
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    says = Printed() if "wandb" in imported else printed(tree)
    return Found(
        None,
        taken,
        says.metrics,
        ("python", named, "${args}", *seed),
        flags,
        "wandb" in imported,
        says,
    )


def _flag(call: ast.Call) -> str | None:
    """`learning-rate` of `add_argument("-l", "--learning-rate")`; None for a positional argument."""
    names = [name for node in call.args if isinstance(name := _literal(node), str)]
    return next((name.removeprefix("--") for name in names if name.startswith("--")), None)


def _keywords(call: ast.Call) -> dict[str, ast.expr]:
    return {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def _action(call: ast.Call) -> str:
    node = _keywords(call).get("action")
    said = node.attr if isinstance(node, ast.Attribute) else _literal(node)
    return said if isinstance(said, str) else ""


def _option(flag: str, call: ast.Call) -> Parameter:
    given = _keywords(call)
    default, choices = _literal(given.get("default")), _literal(given.get("choices"))
    if _action(call) in ("store_true", "BooleanOptionalAction"):
        default, choices = (False if default is UNKNOWN else default), (False, True)
    listed = tuple(choices) if isinstance(choices, list | tuple) else ()
    described = _literal(given.get("help"))
    text = described if isinstance(described, str) else ""
    return Parameter(
        flag.replace("-", "_"), default, _first(default, listed), " ".join(text.split())
    )
