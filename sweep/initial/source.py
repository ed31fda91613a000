"""Parse Python source without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sweep.errors import TrainerNotFound

UNKNOWN = object()  # a value that the source does not show


def parsed(path: Path) -> ast.Module:
    """Return a script's syntax tree.

    Raises:
        TrainerNotFound: the script is not Python.
    """
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError, ValueError) as error:
        raise TrainerNotFound(f"{path} is not a Python script: {error}") from error


def literal(node: ast.expr | None) -> Any:
    """Return the value of a literal, or `UNKNOWN` for another expression and for None."""
    if node is None:
        return UNKNOWN
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return UNKNOWN


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Yield the calls `name(…)` and `….name(…)` of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and last_name(node.func) in names:
            yield node


def last_name(node: ast.expr) -> str:
    """Return `option` for `click.option` and for `option`; "" for another expression."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    return ""


def keywords(call: ast.Call) -> dict[str, ast.expr]:
    """Return the keyword arguments of a call."""
    by_name = {}
    for keyword in call.keywords:
        if keyword.arg:  # `**options` has no name
            by_name[keyword.arg] = keyword.value
    return by_name


def imports(tree: ast.Module) -> set[str]:
    """Return the top-level packages that a module imports anywhere."""
    modules: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            is_relative = bool(node.level)
            if node.module and not is_relative:
                modules.append(node.module)
    return {module.partition(".")[0] for module in modules}


def functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    """Return name → function of the module."""
    nodes = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {node.name: node for node in nodes}


def classes(tree: ast.Module) -> dict[str, ast.ClassDef]:
    """Return name → class of the module."""
    nodes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return {node.name: node for node in nodes}
