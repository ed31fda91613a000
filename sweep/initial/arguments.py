"""Find the command-line arguments of a script, by the library that parses them.

argparse (and jsonargparse's parser), click, Hydra's configuration; and what fire, tyro,
jsonargparse and LightningCLI make of functions and classes (`sweep.initial.called`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sweep.initial import called
from sweep.initial.found import UNKNOWN, Parameter
from sweep.initial.signatures import parameter
from sweep.initial.source import (
    calls,
    functions,
    imports,
    keywords,
    last_name,
    literal,
)

_DEFAULT_WORDS = ("${args}",)
# LightningCLI's command, and a log of the trial's own, which is read as it trains.
_LIGHTNING_WORDS = (
    "fit",
    "${args}",
    "--trainer.logger=CSVLogger",
    "--trainer.logger.save_dir=${folder}",
)
_HYDRA_WORDS = ("${args_hydra}", "hydra.run.dir=${folder}/hydra")


@dataclass(frozen=True)
class Arguments:
    """A script's command line.

    Attributes:
        parameters: the arguments.
        flags: the style of `${args}`.
        words: words of the command after the script.
    """

    parameters: tuple[Parameter, ...]
    flags: Mapping[str, Any] = field(default_factory=dict)
    words: tuple[str, ...] = _DEFAULT_WORDS


def arguments(tree: ast.Module, path: Path) -> Arguments:
    """The command line of a script, by the first library that it uses."""
    for package, read in _LIBRARIES.items():
        if package in imports(tree):
            found = read(tree, path)
            if found is not None:
                return found
    return _argparse(tree)


# ----------------------------------------------------------------- argparse


def _argparse(tree: ast.Module) -> Arguments:
    options = [
        (flag, call)
        for call in calls(tree, "add_argument")
        if (flag := _flag(call)) is not None
    ]
    actions = {_action(call) for _, call in options}
    flags: dict[str, Any] = (
        {"hyphens": True} if any("-" in flag for flag, _ in options) else {}
    )
    if "BooleanOptionalAction" in actions:
        flags["booleans"] = "negatable"
    elif "store_true" in actions:
        flags["booleans"] = "switch"
    taken = [
        _option(flag, call) for flag, call in options if _action(call) != "store_false"
    ]
    return Arguments(tuple(taken), flags)


def _flag(call: ast.Call) -> str | None:
    """`learning-rate` of `("-l", "--learning-rate")`; None for a positional argument."""
    names = [name for node in call.args if isinstance(name := literal(node), str)]
    return next(
        (name.removeprefix("--") for name in names if name.startswith("--")), None
    )


def _action(call: ast.Call) -> str:
    node = keywords(call).get("action")
    said = node.attr if isinstance(node, ast.Attribute) else literal(node)
    return said if isinstance(said, str) else ""


def _option(flag: str, call: ast.Call) -> Parameter:
    given = keywords(call)
    default, choices = literal(given.get("default")), literal(given.get("choices"))
    if _action(call) in ("store_true", "BooleanOptionalAction"):
        default, choices = (False if default is UNKNOWN else default), (False, True)
    return parameter(flag, default, choices, literal(given.get("help")))


# ----------------------------------------------------------------- click


def _click(tree: ast.Module, path: Path) -> Arguments | None:
    options = list(calls(tree, "option"))
    parameters = []
    negatable = False
    for call in options:
        flag = _flag(call)
        if flag is None:
            continue
        flag, slash, _ = flag.partition("/")
        negatable = negatable or bool(slash)
        given = keywords(call)
        kind = given.get("type")
        choices = (
            literal(kind.args[0]) if isinstance(kind, ast.Call) and kind.args else ()
        )
        default = literal(given.get("default"))
        if slash or literal(given.get("is_flag")) is True:
            default = False if default is UNKNOWN else default
        parameters.append(parameter(flag, default, choices, literal(given.get("help"))))
    if not parameters:
        return None
    switches = any(isinstance(each.default, bool) for each in parameters)
    booleans = {"booleans": "negatable" if negatable else "switch"} if switches else {}
    return Arguments(tuple(parameters), {"hyphens": True, **booleans})


# ----------------------------------------------------------------- functions and classes


def _fire(tree: ast.Module, path: Path) -> Arguments | None:
    found = called.fire(tree)
    if found is None:
        return None
    parameters, words = found
    return Arguments(parameters, words=(*words, *_DEFAULT_WORDS))


def _tyro(tree: ast.Module, path: Path) -> Arguments | None:
    parameters = called.of_what_is_given_to(tree, "cli")
    if parameters is None:
        return None
    return Arguments(parameters, {"hyphens": True, "booleans": "negatable_last"})


def _jsonargparse(tree: ast.Module, path: Path) -> Arguments | None:
    parameters = called.of_what_is_given_to(tree, "CLI", "auto_cli")
    return None if parameters is None else Arguments(parameters, {"booleans": "lower"})


def _lightning(tree: ast.Module, path: Path) -> Arguments | None:
    parameters = called.lightning(tree)
    if parameters is None:
        return None
    return Arguments(parameters, {"booleans": "lower"}, _LIGHTNING_WORDS)


# ----------------------------------------------------------------- Hydra


def _hydra(tree: ast.Module, path: Path) -> Arguments | None:
    for function in functions(tree).values():
        for decorator in function.decorator_list:
            if isinstance(decorator, ast.Call) and last_name(decorator.func) == "main":
                return Arguments(tuple(_of_hydra(decorator, path)), {}, _HYDRA_WORDS)
    return None


def _of_hydra(decorator: ast.Call, path: Path) -> Iterator[Parameter]:
    given = keywords(decorator)
    folder, name = literal(given.get("config_path")), literal(given.get("config_name"))
    if not isinstance(name, str):
        return
    folder = folder if isinstance(folder, str) else ""
    file = path.parent / folder / f"{name.removesuffix('.yaml')}.yaml"
    if not file.is_file():
        return
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError:
        return
    if isinstance(content, dict):
        yield from _leaves(content, ())


def _leaves(content: Mapping[Any, Any], above: Sequence[str]) -> Iterator[Parameter]:
    for key, value in content.items():
        names = (*above, str(key))
        if str(key) in ("defaults", "hydra", "_target_", "_partial_"):
            continue
        if isinstance(value, Mapping):
            yield from _leaves(value, names)
        elif isinstance(value, int | float | bool | str) and "${" not in str(value):
            choices = (value, not value) if isinstance(value, bool) else ()
            yield Parameter(".".join(names), value, choices)


_LIBRARIES: Mapping[str, Callable[[ast.Module, Path], Arguments | None]] = {
    "hydra": _hydra,
    "click": _click,
    "tyro": _tyro,
    "fire": _fire,
    "jsonargparse": _jsonargparse,
    "lightning": _lightning,
    "pytorch_lightning": _lightning,
}
