"""Find the command-line arguments of a script, depending on the library that parses them.

The libraries are argparse (and jsonargparse's parser), click and Hydra; fire, tyro, jsonargparse
and LightningCLI derive arguments from functions and classes (`sweep.initial.called`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sweep.initial import called
from sweep.initial.description import Parameter
from sweep.initial.signatures import parameter
from sweep.initial.source import (
    UNKNOWN,
    calls,
    functions,
    imports,
    keywords,
    last_name,
    literal,
)

_DEFAULT_WORDS = ("${args}",)
# LightningCLI's command, with a log in the trial's folder that sweep reads during training.
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
        words: the words of the command after the script.
    """

    parameters: tuple[Parameter, ...]
    flags: Mapping[str, Any] = field(default_factory=dict)
    words: tuple[str, ...] = _DEFAULT_WORDS


def arguments(tree: ast.Module, path: Path) -> Arguments:
    """Return the command line of a script, as the first library that it uses parses it."""
    for package, read in _LIBRARIES.items():
        if package in imports(tree):
            parsed = read(tree, path)
            if parsed is not None:
                return parsed
    return _argparse(tree)


# ----------------------------------------------------------------- argparse


def _argparse(tree: ast.Module) -> Arguments:
    """Return the arguments of `add_argument`; those of `store_false` are left out."""
    parameters: list[Parameter] = []
    actions: set[str] = set()
    hyphens = False
    for call in calls(tree, "add_argument"):
        flag = _flag(call)
        if flag is None:
            continue
        hyphens = hyphens or "-" in flag
        actions.add(_action(call))
        if _action(call) != "store_false":
            parameters.append(_option(flag, call))
    flags: dict[str, Any] = {"hyphens": True} if hyphens else {}
    if "BooleanOptionalAction" in actions:
        flags["booleans"] = "negatable"
    elif "store_true" in actions:
        flags["booleans"] = "switch"
    return Arguments(tuple(parameters), flags)


def _flag(call: ast.Call) -> str | None:
    """Return `learning-rate` of `("-l", "--learning-rate")`; None for a positional argument."""
    for node in call.args:
        name = literal(node)
        if isinstance(name, str) and name.startswith("--"):
            return name.removeprefix("--")
    return None


def _action(call: ast.Call) -> str:
    """Return the name of an argument's action, "" if it has none."""
    node = keywords(call).get("action")
    action = node.attr if isinstance(node, ast.Attribute) else literal(node)
    return action if isinstance(action, str) else ""


def _option(flag: str, call: ast.Call) -> Parameter:
    """Return the parameter of one `add_argument`."""
    options = keywords(call)
    default, choices = literal(options.get("default")), literal(options.get("choices"))
    if _action(call) in ("store_true", "BooleanOptionalAction"):
        choices = (False, True)
        if default is UNKNOWN:
            default = False
    return parameter(flag, default, choices, literal(options.get("help")))


# ----------------------------------------------------------------- click


def _click(tree: ast.Module, path: Path) -> Arguments | None:
    """Return the options of click's decorators; None without one."""
    parameters = []
    negatable = False
    for call in calls(tree, "option"):
        flag = _flag(call)
        if flag is None:
            continue
        flag, slash, _ = flag.partition("/")  # `--shuffle/--no-shuffle`
        negatable = negatable or bool(slash)
        options = keywords(call)
        default = literal(options.get("default"))
        is_switch = bool(slash) or literal(options.get("is_flag")) is True
        if is_switch and default is UNKNOWN:
            default = False
        choices = _click_choices(options.get("type"))
        help_text = literal(options.get("help"))
        parameters.append(parameter(flag, default, choices, help_text))
    if not parameters:
        return None
    flags: dict[str, Any] = {"hyphens": True}
    if any(isinstance(each.default, bool) for each in parameters):
        flags["booleans"] = "negatable" if negatable else "switch"
    return Arguments(tuple(parameters), flags)


def _click_choices(option_type: ast.expr | None) -> Any:
    """Return the values of `click.Choice([…])`."""
    if isinstance(option_type, ast.Call) and option_type.args:
        return literal(option_type.args[0])
    return ()


# ----------------------------------------------------------------- functions and classes


def _fire(tree: ast.Module, path: Path) -> Arguments | None:
    """Return the arguments that fire derives, and the words that choose a command."""
    command = called.fire(tree)
    if command is None:
        return None
    parameters, words = command
    return Arguments(parameters, words=(*words, *_DEFAULT_WORDS))


def _tyro(tree: ast.Module, path: Path) -> Arguments | None:
    """Return the arguments that tyro derives."""
    parameters = called.of_argument(tree, "cli")
    if parameters is None:
        return None
    return Arguments(parameters, {"hyphens": True, "booleans": "negatable_last"})


def _jsonargparse(tree: ast.Module, path: Path) -> Arguments | None:
    """Return the arguments that jsonargparse derives."""
    parameters = called.of_argument(tree, "CLI", "auto_cli")
    if parameters is None:
        return None
    return Arguments(parameters, {"booleans": "lower"})


def _lightning(tree: ast.Module, path: Path) -> Arguments | None:
    """Return the arguments that LightningCLI derives."""
    parameters = called.lightning(tree)
    if parameters is None:
        return None
    return Arguments(parameters, {"booleans": "lower"}, _LIGHTNING_WORDS)


# ----------------------------------------------------------------- Hydra


def _hydra(tree: ast.Module, path: Path) -> Arguments | None:
    """Return the keys of the configuration of a function with `@hydra.main(…)`."""
    for function in functions(tree).values():
        for decorator in function.decorator_list:
            if isinstance(decorator, ast.Call) and last_name(decorator.func) == "main":
                parameters = tuple(_of_hydra(decorator, path))
                return Arguments(parameters, {}, _HYDRA_WORDS)
    return None


def _of_hydra(decorator: ast.Call, path: Path) -> Iterator[Parameter]:
    """Yield the parameters of the configuration file that `@hydra.main(…)` names."""
    options = keywords(decorator)
    name = literal(options.get("config_name"))
    if not isinstance(name, str):
        return
    config_path = literal(options.get("config_path"))
    folder = config_path if isinstance(config_path, str) else ""
    file = path.parent / folder / f"{name.removesuffix('.yaml')}.yaml"
    if not file.is_file():
        return
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError:
        return
    if isinstance(content, dict):
        yield from _leaves(content, ())


def _leaves(content: Mapping[Any, Any], parents: Sequence[str]) -> Iterator[Parameter]:
    """Yield a parameter for each number, text and boolean; `parents` are the keys above."""
    for key, value in content.items():
        keys = (*parents, str(key))
        if str(key) in ("defaults", "hydra", "_target_", "_partial_"):
            continue
        if isinstance(value, Mapping):
            yield from _leaves(value, keys)
        elif isinstance(value, int | float | bool | str) and "${" not in str(value):
            choices = (value, not value) if isinstance(value, bool) else ()
            yield Parameter(".".join(keys), value, choices)


_LIBRARIES: Mapping[str, Callable[[ast.Module, Path], Arguments | None]] = {
    "hydra": _hydra,
    "click": _click,
    "tyro": _tyro,
    "fire": _fire,
    "jsonargparse": _jsonargparse,
    "lightning": _lightning,
    "pytorch_lightning": _lightning,
}
