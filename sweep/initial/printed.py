"""What a script prints → patterns that find it again: `print(f"epoch {e}: val acc {a:.3f}")` has
`epoch`, `val/acc`.

Of f-strings what is formatted as a number (`:.3f`, `.item()`) and has a word in front; of
`print("loss", loss)` what follows a text that ends in the name of a metric.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

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
# Words that name a result where nothing says that what follows is a number.
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
        """Names without `epoch`: validation first, test last, scores before losses."""
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
    """Patterns for the numbers that a script prints; a name's first occurrence counts."""
    patterns: dict[str, str] = {}
    first = 0
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and _called(node.func) in _PRINTERS):
            continue
        for name, written, value in [*_formatted(node), *_listed(node)]:
            if name in patterns:
                continue
            number = _INTEGER if name == "epoch" else _NUMBER
            patterns[name] = rf"\b{_escaped(written)}{number}"
            if name == "epoch" and _from_one(value, tree):
                first = 1
    return Printed(patterns, first) if patterns.keys() - {"epoch"} else Printed()


def _formatted(call: ast.Call) -> Iterator[tuple[str, str, ast.expr]]:
    """Name, text in front and value of each number in the f-strings of a call."""
    for argument in call.args:
        for text in ast.walk(argument):
            if not isinstance(text, ast.JoinedStr):
                continue
            for before, value in _values(text):
                named = _named(before, value)
                if named is not None:
                    yield *named, value.value


def _listed(call: ast.Call) -> Iterator[tuple[str, str, ast.expr]]:
    """The same of `print("loss", loss, "acc:", acc)`: texts and numbers by turns."""
    for before, value in pairwise(call.args):
        if not isinstance(before, ast.Constant) or not isinstance(before.value, str):
            continue
        if isinstance(value, ast.Constant | ast.JoinedStr):
            continue
        match = _NAME.search(before.value)
        if match is None or not _is_metric(match["word"]):
            continue
        written = f"{match[0].rstrip()} "  # `print` sets a blank between the two
        yield _name_of(match), written, value


def _is_metric(word: str) -> bool:
    """Whether a word names a result: `val_loss`, `top1`, `epoch`; `device` is none."""
    parts = re.sub(r"@?\d+$", "", word.lower()).split("_")
    return bool({*parts, word.lower()} & {*_RESULTS, *_EPOCH})


def _called(function: ast.expr) -> str:
    return (
        function.id
        if isinstance(function, ast.Name)
        else function.attr
        if isinstance(function, ast.Attribute)
        else ""
    )


def _values(text: ast.JoinedStr) -> Iterator[tuple[str, ast.FormattedValue]]:
    """Each value of an f-string, with the text before it."""
    before = ""
    for part in text.values:
        if isinstance(part, ast.FormattedValue):
            yield before, part
            before = ""
        elif isinstance(part, ast.Constant):
            before += str(part.value)


def _named(before: str, value: ast.FormattedValue) -> tuple[str, str] | None:
    """The name of a metric and the text before its number; None without a number or a name."""
    found = _NAME.search(before)
    if found is None:
        return None
    name = _name_of(found)
    return (name, found[0]) if name == "epoch" or _is_number(value) else None


def _name_of(match: re.Match[str]) -> str:
    side, word = match["side"], match["word"]
    if word.lower() in _EPOCH:
        return "epoch"
    return f"{_SIDES.get(side.lower(), 'val')}/{word}" if side else word


def _is_number(value: ast.FormattedValue) -> bool:
    format_spec = (
        ast.unparse(value.format_spec) if value.format_spec is not None else ""
    )
    item = isinstance(value.value, ast.Call) and _called(value.value.func) == "item"
    return item or bool(re.search(r"[efg]['\"]$", format_spec, re.IGNORECASE))


def _escaped(text: str) -> str:
    """The text as a pattern with any number of blanks, since numbers are padded."""
    return r"\s*".join(re.escape(part) for part in re.split(r"\s+", text))


def _from_one(value: ast.expr, tree: ast.Module) -> bool:
    """Whether the first epoch is 1: `{epoch + 1}`, or a loop over `range(1, …)`."""
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
