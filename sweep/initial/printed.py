"""Patterns for the metrics that a script prints.

`print(f"epoch {e}: val acc {a:.3f}")` gives patterns for `epoch` and `val/acc`. In an f-string, a
metric is a value that is formatted as a number (`:.3f`, `.item()`) after a word. In
`print("loss", loss)`, it is the value after a text that ends with a metric's name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from sweep.initial.source import calls, last_name

# print(…), logger.info(…), tqdm.write(…)
_PRINTERS = ("print", "info", "write", "log", "debug", "warning")
# The word before the number, and before it the part of the data: "validation accuracy ", "Epoch [",
# "val_loss=".
_NAME = re.compile(
    r"(?:\b(?P<side>train|training|val|valid|validation|dev|test)["
    r" _/.-]+)?\b(?P<word>[A-Za-z]\w*)\W{0,4}$",
    re.IGNORECASE,
)
_SIDES = {"train": "train", "training": "train", "test": "test"}  # all others are val
_NUMBER = r"([-+]?\d*\.?\d+(?:e[-+]?\d+)?|nan|inf)"
_INTEGER = r"(\d+)"
_EPOCH = ("epoch", "ep")
# Names of metrics. They are needed where the value has no number format.
_RESULTS = (
    "loss", "acc", "accuracy", "error", "err", "f1", "auc", "auroc", "ap", "map", "precision",
    "recall", "iou", "miou", "dice", "mse", "rmse", "mae", "r2", "bleu", "rouge", "ppl", "top",
    "perplexity", "reward", "return", "score", "psnr", "ssim", "fid", "wer", "cer", "kappa", "mcc",
)  # fmt: skip


@dataclass(frozen=True)
class Printed:
    """The metrics that a script prints.

    Attributes:
        patterns: metric, or `epoch` → regular expression with one group.
        first_epoch: the number that the script prints for its first epoch.
    """

    patterns: Mapping[str, str] = field(default_factory=dict)
    first_epoch: int = 0

    @property
    def metrics(self) -> tuple[str, ...]:
        """Return the names without `epoch`: validation first, test last, scores before losses."""
        names = [name for name in self.patterns if name != "epoch"]
        return tuple(sorted(names, key=rank))


def rank(name: str) -> tuple[bool, bool, bool]:
    """Return the sort key of a metric: validation first, test last, scores before losses."""
    return name.startswith("test"), "val" not in name.lower(), "loss" in name.lower()


def printed(tree: ast.Module) -> Printed:
    """Return patterns for the numbers that a script prints; a name's first occurrence counts."""
    patterns: dict[str, str] = {}
    first_epoch = 0
    for call in calls(tree, *_PRINTERS):
        for name, text, value in [*_formatted(call), *_listed(call)]:
            if name in patterns:
                continue
            number = _INTEGER if name == "epoch" else _NUMBER
            patterns[name] = rf"\b{_escaped(text)}{number}"
            if name == "epoch" and _from_one(value, tree):
                first_epoch = 1
    if not patterns.keys() - {"epoch"}:
        return Printed()
    return Printed(patterns, first_epoch)


def _formatted(call: ast.Call) -> Iterator[tuple[str, str, ast.expr]]:
    """Yield the name, the text before it and the value of each number in a call's f-strings."""
    for argument in call.args:
        for node in ast.walk(argument):
            if not isinstance(node, ast.JoinedStr):
                continue
            for text, value in _values(node):
                metric = _metric(text, value)
                if metric is not None:
                    name, text_before = metric
                    yield name, text_before, value.value


def _listed(call: ast.Call) -> Iterator[tuple[str, str, ast.expr]]:
    """Yield the same for alternating texts and values: `print("loss", loss, "acc:", acc)`."""
    for text, value in pairwise(call.args):
        if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
            continue
        if isinstance(value, ast.Constant | ast.JoinedStr):
            continue
        match = _NAME.search(text.value)
        if match is None or not _is_metric(match["word"]):
            continue
        printed_text = f"{match[0].rstrip()} "  # `print` separates the two by a blank
        yield _name_of(match), printed_text, value


def _is_metric(word: str) -> bool:
    """Return whether a word names a metric: `val_loss`, `top1` and `epoch` do, `device` not."""
    parts = re.sub(r"@?\d+$", "", word.lower()).split("_")
    return bool({*parts, word.lower()} & {*_RESULTS, *_EPOCH})


def _values(text: ast.JoinedStr) -> Iterator[tuple[str, ast.FormattedValue]]:
    """Yield each value of an f-string, with the text before it."""
    before = ""
    for part in text.values:
        if isinstance(part, ast.FormattedValue):
            yield before, part
            before = ""
        elif isinstance(part, ast.Constant):
            before += str(part.value)


def _metric(text: str, value: ast.FormattedValue) -> tuple[str, str] | None:
    """Return a metric's name and the text before its number; None without a name or a number."""
    match = _NAME.search(text)
    if match is None:
        return None
    name = _name_of(match)
    if name == "epoch" or _is_number(value):
        return name, match[0]
    return None


def _name_of(match: re.Match[str]) -> str:
    """Return the metric's name: `epoch`, `val/accuracy`, or the word alone."""
    side, word = match["side"], match["word"]
    if word.lower() in _EPOCH:
        return "epoch"
    return f"{_SIDES.get(side.lower(), 'val')}/{word}" if side else word


def _is_number(value: ast.FormattedValue) -> bool:
    """Return whether a value of an f-string has a number format, or comes from `.item()`."""
    if isinstance(value.value, ast.Call) and last_name(value.value.func) == "item":
        return True
    if value.format_spec is None:
        return False
    format_spec = ast.unparse(value.format_spec)
    return bool(re.search(r"[efg]['\"]$", format_spec, re.IGNORECASE))


def _escaped(text: str) -> str:
    """Return a pattern for the text with any number of blanks, because numbers are padded."""
    return r"\s*".join(re.escape(part) for part in re.split(r"\s+", text))


def _from_one(value: ast.expr, tree: ast.Module) -> bool:
    """Return whether the first epoch is 1: `{epoch + 1}`, or a loop over `range(1, …)`."""
    if isinstance(value, ast.BinOp):
        adds = isinstance(value.op, ast.Add)
        return adds and (_is_one(value.left) or _is_one(value.right))
    if not isinstance(value, ast.Name):
        return False
    for node in ast.walk(tree):
        if not isinstance(node, ast.For) or ast.unparse(node.target) != value.id:
            continue
        arguments = node.iter.args if isinstance(node.iter, ast.Call) else []
        if len(arguments) > 1 and _is_one(arguments[0]):
            return True
    return False


def _is_one(node: ast.expr) -> bool:
    """Return whether the expression is the number 1."""
    return isinstance(node, ast.Constant) and node.value == 1
