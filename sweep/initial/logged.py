"""Find the metrics that a script logs with `self.log("val_loss", …)` or returns from `evaluate`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sweep.initial.printed import rank
from sweep.initial.source import calls, imports, keywords, last_name, literal

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
    """Return the names of logged metrics: validation first, test last, scores before losses."""
    names = dict.fromkeys([*_logged_names(tree), *_returned_names(tree)])
    return tuple(sorted(names, key=rank))


def is_lightning(tree: ast.Module) -> bool:
    """Return whether Lightning's loggers write the metrics."""
    return bool(imports(tree) & set(_LIGHTNING))


def _logged_names(tree: ast.Module) -> Iterator[str]:
    """Yield the names in `self.log("name", …)` and in dicts passed to a `log` method."""
    for call in calls(tree, "log", "log_dict", "log_metrics"):
        if not isinstance(call.func, ast.Attribute) or not call.args:
            continue
        argument = call.args[0]
        if isinstance(argument, ast.Dict):
            yield from _keys(argument)
        elif last_name(call.func.value) == "self":
            name = literal(argument)
            if isinstance(name, str):
                yield name


def _returned_names(tree: ast.Module) -> Iterator[str]:
    """Yield the names in dicts that functions such as `evaluate` return."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name in _EVALUATIONS:
            for node in ast.walk(function):
                if isinstance(node, ast.Return):
                    yield from _names_in(node.value)


def _names_in(value: ast.expr | None) -> Iterator[str]:
    """Yield the keys of `{"f1": …}` and of `dict(f1=…)`."""
    if isinstance(value, ast.Dict):
        yield from _keys(value)
    elif isinstance(value, ast.Call) and last_name(value.func) == "dict":
        yield from keywords(value)


def _keys(mapping: ast.Dict) -> Iterator[str]:
    """Yield the keys of a dict that are literal strings."""
    for node in mapping.keys:
        name = literal(node)
        if isinstance(name, str):
            yield name
