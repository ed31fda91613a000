"""Find metrics that a script logs but does not print: `self.log("val_loss", …)`, `evaluate`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sweep.initial.source import calls, imports, last_name, literal

_EVALUATIONS = (
    "evaluate",
    "validate",
    "evaluation",
    "eval_epoch",
    "compute_metrics",
    "test",
)
_LIGHTNING = ("lightning", "pytorch_lightning")


def logged(tree: ast.Module) -> tuple[str, ...]:
    """Names of logged metrics: validation first, test last, scores before losses."""
    names = dict.fromkeys([*_given_to_log(tree), *_returned(tree)])
    return tuple(sorted(names, key=_rank))


def is_lightning(tree: ast.Module) -> bool:
    """Whether Lightning's loggers write the metrics."""
    return bool(imports(tree) & set(_LIGHTNING))


def _rank(name: str) -> tuple[bool, bool, bool]:
    return name.startswith("test"), "val" not in name.lower(), "loss" in name.lower()


def _given_to_log(tree: ast.Module) -> Iterator[str]:
    for call in calls(tree, "log", "log_dict", "log_metrics"):
        if not isinstance(call.func, ast.Attribute) or not call.args:
            continue
        of_self = isinstance(call.func.value, ast.Name) and call.func.value.id == "self"
        name = literal(call.args[0])
        if of_self and isinstance(name, str):
            yield name
        elif isinstance(call.args[0], ast.Dict):
            yield from _keys(call.args[0])


def _returned(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in _EVALUATIONS:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return):
                    yield from _names_in(inner.value)


def _names_in(value: ast.expr | None) -> Iterator[str]:
    """The keys of `{"f1": …}` and of `dict(f1=…)`."""
    if isinstance(value, ast.Dict):
        yield from _keys(value)
    elif isinstance(value, ast.Call) and last_name(value.func) == "dict":
        yield from (keyword.arg for keyword in value.keywords if keyword.arg)


def _keys(found: ast.Dict) -> Iterator[str]:
    for node in found.keys:
        name = literal(node)
        if isinstance(name, str):
            yield name
