"""The faults: a comparison turned, an operator exchanged, a number moved, a condition negated."""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass

_COMPARE = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Pow: ast.Mult,
}
_NAMES = {"min": "max", "max": "min", "mean": "median", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        line: of the source.
        was, now: the expression before and after.
        source: of the whole module with the fault.
    """

    line: int
    was: str
    now: str
    source: str


def faults(source: str) -> list[Fault]:
    """Every fault of a module, in the order of its lines."""
    tree = ast.parse(source)
    found = []
    for number, node in enumerate(ast.walk(tree)):
        if _is_annotation(tree, node):
            continue
        for change in range(_changes(node)):
            other = copy.deepcopy(tree)
            target = list(ast.walk(other))[number]
            was = ast.unparse(target)
            _apply(target, change)
            now = ast.unparse(target)
            if now != was:
                found.append(Fault(node.lineno, was, now, ast.unparse(other)))
    return sorted(found, key=lambda fault: fault.line)


def _is_annotation(tree: ast.AST, node: ast.AST) -> bool:
    """Whether a node has no line, or is the `|` of a type."""
    if not hasattr(node, "lineno"):
        return True
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr)


def _changes(node: ast.AST) -> int:
    if isinstance(node, ast.Compare):
        return int(type(node.ops[0]) in _COMPARE)
    if isinstance(node, ast.BinOp):
        return int(type(node.op) in _ARITHMETIC)
    if isinstance(node, ast.BoolOp | ast.IfExp | ast.If):
        return 1
    if isinstance(node, ast.Constant):
        return int(isinstance(node.value, bool | int | float))
    if isinstance(node, ast.Attribute | ast.Name):
        name = node.attr if isinstance(node, ast.Attribute) else node.id
        return int(name in _NAMES)
    if isinstance(node, ast.UnaryOp):
        return int(isinstance(node.op, ast.USub))
    return 0


def _apply(node: ast.AST, change: int) -> None:
    if isinstance(node, ast.Compare):
        node.ops[0] = _COMPARE[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp):
        node.op = _ARITHMETIC[type(node.op)]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.Constant):
        value = node.value
        node.value = not value if isinstance(value, bool) else value + 1  # type: ignore[operator]
    elif isinstance(node, ast.Attribute):
        node.attr = _NAMES[node.attr]
    elif isinstance(node, ast.Name):
        node.id = _NAMES[node.id]
    elif isinstance(node, ast.UnaryOp):
        node.op = ast.UAdd()
