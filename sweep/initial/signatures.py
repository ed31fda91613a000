"""The parameters of functions and classes in a script's source, which is read and not run.

A parameter whose annotation is a dataclass of the script stands for the fields of that class, named
behind a dot: `optim.lr`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from sweep.initial.found import UNKNOWN, Parameter, default_first
from sweep.initial.source import classes, keywords, last_name, literal

_DEPTH = 5  # classes within classes; a class may hold itself
_NOT_SET = ("self", "cls")


def parameter(
    flag: str, default: Any, choices: Any = (), help_text: Any = ""
) -> Parameter:
    """One parameter; a default that is true or false has both as its choices."""
    listed = tuple(choices) if isinstance(choices, list | tuple) else ()
    if isinstance(default, bool):
        listed = (False, True)
    text = help_text if isinstance(help_text, str) else ""
    name = flag.replace("-", "_")
    return Parameter(
        name, default, default_first(default, listed), " ".join(text.split())
    )


def of_function(
    function: ast.FunctionDef, tree: ast.Module, prefix: str = ""
) -> Iterator[Parameter]:
    """Of a function or method, without `self`; names begin with `prefix`."""
    given = function.args
    plain = [*given.posonlyargs, *given.args]
    missing = len(plain) - len(given.defaults)
    defaults: list[ast.expr | None] = [*([None] * missing), *given.defaults]
    named = [
        *zip(plain, defaults, strict=True),
        *zip(given.kwonlyargs, given.kw_defaults, strict=True),
    ]
    for each, default in named:
        if each.arg not in _NOT_SET:
            name = f"{prefix}{each.arg}"
            yield from _of_annotated(name, each.annotation, default, tree, _DEPTH)


def of_class(
    found: ast.ClassDef, tree: ast.Module, prefix: str = ""
) -> Iterator[Parameter]:
    """Of a dataclass its fields, of another class what its `__init__` takes."""
    init = methods(found, tree).get("__init__")
    if init is not None:
        yield from of_function(init, tree, prefix)
    else:
        yield from _of_fields(found, tree, prefix, _DEPTH)


def methods(found: ast.ClassDef, tree: ast.Module) -> dict[str, ast.FunctionDef]:
    """Name → method of a class, those of its bases in the script included."""
    named: dict[str, ast.FunctionDef] = {}
    for each in [*reversed(_bases(found, tree)), found]:
        for node in each.body:
            if isinstance(node, ast.FunctionDef):
                named[node.name] = node
    return named


def _bases(found: ast.ClassDef, tree: ast.Module) -> list[ast.ClassDef]:
    """The bases that the script itself defines, the nearest first."""
    known = classes(tree)
    bases: list[ast.ClassDef] = []
    waiting = [last_name(base) for base in found.bases]
    while waiting and len(bases) < _DEPTH:
        base = known.get(waiting.pop(0))
        if base is not None and base not in bases:
            bases.append(base)
            waiting += [last_name(each) for each in base.bases]
    return bases


def _of_fields(
    found: ast.ClassDef, tree: ast.Module, prefix: str, depth: int
) -> Iterator[Parameter]:
    fields: dict[str, ast.AnnAssign] = {}
    for each in [*reversed(_bases(found, tree)), found]:
        for node in each.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                fields[node.target.id] = node
    for name, node in fields.items():
        value = node.value
        if isinstance(value, ast.Call) and last_name(value.func) == "field":
            value = keywords(value).get("default")
        yield from _of_annotated(f"{prefix}{name}", node.annotation, value, tree, depth)


def _of_annotated(
    name: str,
    annotation: ast.expr | None,
    default: ast.expr | None,
    tree: ast.Module,
    depth: int,
) -> Iterator[Parameter]:
    annotated = "" if annotation is None else last_name(annotation)
    found = classes(tree).get(annotated)
    if found is None:
        yield parameter(name, literal(default), _choices(annotation))
    elif _is_enum(found):
        members = _members(found)
        chosen = last_name(default) if default is not None else ""
        first = chosen if chosen in members else UNKNOWN
        yield parameter(name, first, members)
    elif depth > 0:
        yield from _of_fields(found, tree, f"{name}.", depth - 1)


def _is_enum(found: ast.ClassDef) -> bool:
    return any(last_name(base).endswith("Enum") for base in found.bases)


def _members(found: ast.ClassDef) -> list[str]:
    """Names of an enumeration's members, which command lines take."""
    return [
        target.id
        for node in found.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]


def _choices(annotation: ast.expr | None) -> tuple[Any, ...]:
    """The values of `Literal["a", "b"]`."""
    if (
        not isinstance(annotation, ast.Subscript)
        or last_name(annotation.value) != "Literal"
    ):
        return ()
    values = literal(annotation.slice)
    return values if isinstance(values, tuple) else (values,)
