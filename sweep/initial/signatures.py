"""Find the parameters of functions and classes in a script's source, which is not run.

A parameter whose annotation is a dataclass of the script is replaced by the fields of that class,
with names such as `optim.lr`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from sweep.initial.description import Parameter, default_first
from sweep.initial.source import UNKNOWN, classes, keywords, last_name, literal

_DEPTH = 5  # levels of nested classes; a class may contain itself
_NOT_SET = ("self", "cls")


def parameter(
    flag: str, default: Any, choices: Any = (), help_text: Any = ""
) -> Parameter:
    """Return one parameter; the choices of a boolean are false and true."""
    listed = tuple(choices) if isinstance(choices, list | tuple) else ()
    if isinstance(default, bool):
        listed = (False, True)
    text = help_text if isinstance(help_text, str) else ""
    return Parameter(
        name=flag.replace("-", "_"),
        default=default,
        choices=default_first(default, listed),
        description=" ".join(text.split()),
    )


def of_function(
    function: ast.FunctionDef, tree: ast.Module, prefix: str = ""
) -> Iterator[Parameter]:
    """Yield the parameters of a function or method without `self`; names begin with `prefix`."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    missing = len(positional) - len(arguments.defaults)
    defaults: list[ast.expr | None] = [*([None] * missing), *arguments.defaults]
    with_defaults = [
        *zip(positional, defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    for argument, default in with_defaults:
        if argument.arg not in _NOT_SET:
            name = f"{prefix}{argument.arg}"
            yield from _of_annotated(name, argument.annotation, default, tree, _DEPTH)


def of_class(
    node: ast.ClassDef, tree: ast.Module, prefix: str = ""
) -> Iterator[Parameter]:
    """Yield the fields of a dataclass, or the parameters of another class's `__init__`."""
    init = methods(node, tree).get("__init__")
    if init is not None:
        yield from of_function(init, tree, prefix)
    else:
        yield from _of_fields(node, tree, prefix, _DEPTH)


def methods(node: ast.ClassDef, tree: ast.Module) -> dict[str, ast.FunctionDef]:
    """Return name → method of a class and of its bases in the script."""
    by_name: dict[str, ast.FunctionDef] = {}
    for each in _with_bases(node, tree):
        for statement in each.body:
            if isinstance(statement, ast.FunctionDef):
                by_name[statement.name] = statement
    return by_name


def _with_bases(node: ast.ClassDef, tree: ast.Module) -> list[ast.ClassDef]:
    """Return the class and its bases that the script defines; the class is the last one."""
    defined = classes(tree)
    nearest_first: list[ast.ClassDef] = []
    names = [last_name(base) for base in node.bases]
    while names and len(nearest_first) < _DEPTH:
        base = defined.get(names.pop(0))
        if base is not None and base not in nearest_first:
            nearest_first.append(base)
            names += [last_name(each) for each in base.bases]
    return [*reversed(nearest_first), node]


def _of_fields(
    node: ast.ClassDef, tree: ast.Module, prefix: str, depth: int
) -> Iterator[Parameter]:
    """Yield the fields of a dataclass and of its bases."""
    fields: dict[str, ast.AnnAssign] = {}
    for each in _with_bases(node, tree):
        for line in each.body:
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                fields[line.target.id] = line
    for name, field in fields.items():
        value = field.value
        if isinstance(value, ast.Call) and last_name(value.func) == "field":
            value = keywords(value).get("default")
        full_name = f"{prefix}{name}"
        yield from _of_annotated(full_name, field.annotation, value, tree, depth)


def _of_annotated(
    name: str,
    annotation: ast.expr | None,
    default: ast.expr | None,
    tree: ast.Module,
    depth: int,
) -> Iterator[Parameter]:
    """Yield the parameters that one annotated name stands for.

    It is one parameter, or the fields of the script's dataclass that the annotation names.
    """
    class_name = "" if annotation is None else last_name(annotation)
    node = classes(tree).get(class_name)
    if node is None:
        yield parameter(name, literal(default), _choices(annotation))
    elif _is_enum(node):
        members = _members(node)
        default_name = last_name(default) if default is not None else ""
        known_default = default_name if default_name in members else UNKNOWN
        yield parameter(name, known_default, members)
    elif depth > 0:
        yield from _of_fields(node, tree, f"{name}.", depth - 1)


def _is_enum(node: ast.ClassDef) -> bool:
    """Return whether a class is an enumeration."""
    return any(last_name(base).endswith("Enum") for base in node.bases)


def _members(node: ast.ClassDef) -> list[str]:
    """Return the names of an enumeration's members, which command lines accept."""
    names = []
    for statement in node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        names += [target.id for target in targets if isinstance(target, ast.Name)]
    return names


def _choices(annotation: ast.expr | None) -> tuple[Any, ...]:
    """Return the values of `Literal["a", "b"]`; empty for another annotation."""
    if (
        not isinstance(annotation, ast.Subscript)
        or last_name(annotation.value) != "Literal"
    ):
        return ()
    values = literal(annotation.slice)
    return values if isinstance(values, tuple) else (values,)
