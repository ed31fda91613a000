"""The page with every command, its arguments and options, from the commands' signatures."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from typer.models import ArgumentInfo, OptionInfo

from sweep.commands import COMMANDS

_OPENING = """# Commands

`sweep COMMAND --help` prints the same. `status`, `show`, `verify`, `compare` and
`report --no-write` write nothing into a study's folder.
"""


@dataclass(frozen=True)
class Argument:
    """An argument or option as the page shows it."""

    shown: str
    meaning: str
    default: str
    positional: bool
    required: bool


def text() -> str:
    """The page, in Markdown."""
    parts = [_command(name, function) for name, function in COMMANDS.items()]
    return "\n\n".join([_OPENING, *parts]) + "\n"


def _command(name: str, function: Callable[..., None]) -> str:
    arguments = list(_arguments(function))
    words = [
        each.shown if each.required else f"[{each.shown}]"
        for each in arguments
        if each.positional
    ]
    usage = " ".join(["sweep", name, *words, "[OPTIONS]"])
    lines = [f"## sweep {name}", "", "```text", usage, "```", ""]
    lines += [inspect.cleandoc(function.__doc__ or ""), ""]
    if arguments:
        lines += ["| | | default |", "|---|---|---|"]
        lines += [
            f"| `{each.shown}` | {each.meaning} | {each.default} |"
            for each in arguments
        ]
    return "\n".join(lines).rstrip()


def _arguments(function: Callable[..., None]) -> Iterator[Argument]:
    hints = typing.get_type_hints(function, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        kind, info = _described(hints[name])
        positional = isinstance(info, ArgumentInfo)
        shown = _shown(name, kind, info)
        meaning = " ".join((info.help or "").split()).replace("|", "\\|")
        required = parameter.default is inspect.Parameter.empty
        yield Argument(
            shown, meaning, _default(parameter.default), positional, required
        )


def _described(hint: Any) -> tuple[Any, ArgumentInfo | OptionInfo]:
    """The type of an argument, and what Typer is told of it."""
    kind, *metadata = typing.get_args(hint)
    for info in metadata:
        if isinstance(info, ArgumentInfo | OptionInfo):
            return kind, info
    raise TypeError(
        f"{hint!r} tells Typer nothing: annotate it with an Argument or an Option"
    )


def _shown(name: str, kind: Any, info: ArgumentInfo | OptionInfo) -> str:
    if isinstance(info, ArgumentInfo):
        return str(info.metavar or name.upper()).strip("[]")
    # In `Annotated[…, typer.Option("--set")]` the first name lies where a default would be.
    declared = [
        each
        for each in (info.default, *(info.param_decls or ()))
        if isinstance(each, str)
    ]
    names = ", ".join(declared or ["--" + name.replace("_", "-")])
    return names if kind is bool else f"{names} {info.metavar or _value(kind)}"


def _value(kind: Any) -> str:
    """What an option's value looks like, by its type."""
    types = [
        each for each in (typing.get_args(kind) or (kind,)) if each is not type(None)
    ]
    first = types[0]
    if isinstance(first, type) and issubclass(first, Enum):
        return "·".join(str(each.value) for each in first)
    return {int: "NUMBER", float: "NUMBER"}.get(first, "TEXT")


def _default(value: Any) -> str:
    if value is inspect.Parameter.empty:
        return "required"
    if isinstance(value, Enum):
        value = value.value
    if value is None or value is False or value in ("", [], ()):
        return ""
    return f"`{value}`"
