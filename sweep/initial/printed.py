"""What a script prints → patterns that find it again: `print(f"epoch {e}: val acc {a:.3f}")` has
`epoch`, `val/acc`.

Only f-strings are read, and of them what is formatted as a number (`:.3f`, `.item()`) and has a
word in front.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_PRINTERS = (
    "print",
    "info",
    "write",
    "log",
    "debug",
    "warning",
)  # print(…), logger.info(…), tqdm.write(…)
# A word right before the number, and before it on which data: "validation accuracy ", "Epoch [",
# "val_loss=".
_NAME = re.compile(
    r"(?:\b(?P<side>train|training|val|valid|validation|dev|test)["
    r" _/.-]+)?\b(?P<word>[A-Za-z]\w*)\W{0,4}$",
    re.IGNORECASE,
)
_SIDES = {"train": "train", "training": "train", "test": "test"}  # all others: val
_NUMBER = r"([-+]?\d*\.?\d+(?:e[-+]?\d+)?|nan|inf)"
_INTEGER = r"(\d+)"
_EPOCH = ("epoch", "ep")


@dataclass(frozen=True)
class Printed:
    """What was found.

    Attributes:
        patterns: metric, or `epoch` → regular expression with one group.
        first_epoch: how the script calls its first one.
    """

    patterns: Mapping[str, str] = field(default_factory=dict)
    first_epoch: int = 0

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names without the epoch; those of validation first, of test last, losses
        behind scores.
        """
        names = (name for name in self.patterns if name != "epoch")
        return tuple(
            sorted(
                names,
                key=lambda n: (
                    n.startswith("test"),
                    "val" not in n.lower(),
                    "loss" in n.lower(),
                ),
            )
        )


def printed(tree: ast.Module) -> Printed:
    """Patterns for the numbers that a script prints, each name by its first place in the file."""
    patterns: dict[str, str] = {}
    first = 0
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and _called(node.func) in _PRINTERS):
            continue
        for text in (
            part
            for argument in node.args
            for part in ast.walk(argument)
            if isinstance(part, ast.JoinedStr)
        ):
            for before, value in _values(text):
                named = _named(before, value)
                if named is None or named[0] in patterns:
                    continue
                name, written = named
                patterns[name] = (
                    rf"\b{_escaped(written)}{_INTEGER if name == 'epoch' else _NUMBER}"
                )
                if name == "epoch" and _from_one(value.value, tree):
                    first = 1
    return Printed(patterns, first) if patterns.keys() - {"epoch"} else Printed()


def _called(function: ast.expr) -> str:
    return (
        function.id
        if isinstance(function, ast.Name)
        else function.attr
        if isinstance(function, ast.Attribute)
        else ""
    )


def _values(text: ast.JoinedStr) -> Iterator[tuple[str, ast.FormattedValue]]:
    """Each value of an f-string with the text since the one before."""
    before = ""
    for part in text.values:
        if isinstance(part, ast.FormattedValue):
            yield before, part
            before = ""
        elif isinstance(part, ast.Constant):
            before += str(part.value)


def _named(before: str, value: ast.FormattedValue) -> tuple[str, str] | None:
    """Name of a metric, and the text in front of its number; None for what is no number
    or has no name.
    """
    found = _NAME.search(before)
    if found is None:
        return None
    side, word = found["side"], found["word"]
    if word.lower() in _EPOCH:
        return "epoch", found[0]
    if not _is_number(value):
        return None
    return (f"{_SIDES.get(side.lower(), 'val')}/{word}" if side else word), found[0]


def _is_number(value: ast.FormattedValue) -> bool:
    format_spec = (
        ast.unparse(value.format_spec) if value.format_spec is not None else ""
    )
    item = isinstance(value.value, ast.Call) and _called(value.value.func) == "item"
    return item or bool(re.search(r"[efg]['\"]$", format_spec, re.IGNORECASE))


def _escaped(text: str) -> str:
    """The text as a pattern; blanks may be more or fewer, since numbers are padded."""
    return r"\s*".join(re.escape(part) for part in re.split(r"\s+", text))


def _from_one(value: ast.expr, tree: ast.Module) -> bool:
    """Whether the first epoch is called 1: `{epoch + 1}`, or `range(1, …)` where the
    name comes from.
    """
    if isinstance(value, ast.BinOp):
        return isinstance(value.op, ast.Add) and any(
            _is_one(side) for side in (value.left, value.right)
        )
    if not isinstance(value, ast.Name):
        return False
    loops = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.For) and ast.unparse(n.target) == value.id
    ]
    ranges = [loop.iter for loop in loops if isinstance(loop.iter, ast.Call)]
    return any(len(each.args) > 1 and _is_one(each.args[0]) for each in ranges)


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1
