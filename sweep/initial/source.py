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
    try:
        return UNKNOWN if node is None else ast.literal_eval(node)
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
    return node.id if isinstance(node, ast.Name) else ""


def keywords(call: ast.Call) -> dict[str, ast.expr]:
    """Return the keyword arguments of a call."""
    return {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def imports(tree: ast.Module) -> set[str]:
    """Return the top-level packages that a module imports anywhere."""
    packages: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            packages |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            packages.add(node.module.partition(".")[0])
    return packages


def functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    """Return name → function of the module."""
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def classes(tree: ast.Module) -> dict[str, ast.ClassDef]:
    """Return name → class of the module."""
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
