"""Parse Python source without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sweep.errors import TrainerNotFound
from sweep.initial.found import UNKNOWN


def parsed(path: Path) -> ast.Module:
    """A script's syntax tree.

    Raises:
        TrainerNotFound: the script is not Python.
    """
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError, ValueError) as error:
        raise TrainerNotFound(f"{path} is not a Python script: {error}") from error


def literal(node: ast.expr | None) -> Any:
    """The value of a literal; `UNKNOWN` if it must be computed."""
    try:
        return UNKNOWN if node is None else ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return UNKNOWN


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Calls of `name(…)` or `….name(…)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and last_name(node.func) in names:
            yield node


def last_name(node: ast.expr) -> str:
    """`option` of `click.option`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def keywords(call: ast.Call) -> dict[str, ast.expr]:
    """The keyword arguments of a call."""
    return {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def imports(tree: ast.Module) -> set[str]:
    """The top-level packages that a module imports anywhere."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    """Name → function of the module."""
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def classes(tree: ast.Module) -> dict[str, ast.ClassDef]:
    """Name → class of the module."""
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
