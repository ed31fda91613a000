"""Find swept parameters, or a seed, that the trainer never reads.

Only certain cases count. A function is not judged if it passes on, unpacks or stores its
configuration or its run, or if it has a decorator.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sweep.model.search_space import searched
from sweep.spec.arms import declared
from sweep.spec.command import MACRO, Command
from sweep.spec.study import StudySpec
from sweep.trainer import TrainerRef


@dataclass(frozen=True)
class Reads:
    """What a function reads; None if that is uncertain.

    Attributes:
        parameters: keys of its first argument, the configuration.
        seed: whether it reads `seed` of its second argument, the run.
    """

    parameters: frozenset[str] | None
    seed: bool | None


def warnings(spec: StudySpec) -> list[str]:
    """A sentence for each parameter, or the seed, that varies and that the trainer never reads."""
    if spec.command is not None:
        return list(_of_command(spec, spec.command))
    ref = spec.reference()
    read = of_trainer(ref)
    return [] if read is None else list(_of_function(spec, ref, read))


def reads(function: ast.FunctionDef) -> Reads:
    """What a function `train(config, run)` reads of its two arguments."""
    arguments = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    if function.decorator_list or function.args.vararg or len(arguments) < 2:
        return Reads(None, None)
    keys = _keys(function, arguments[0])
    attributes = _attributes(function, arguments[1])
    return Reads(keys, None if attributes is None else "seed" in attributes)


def _of_command(spec: StudySpec, command: Command) -> Iterator[str]:
    """A sentence if a command never receives the seed."""
    words = [*command.run, *command.environment.values()]
    macros = {macro for word in words for macro in MACRO.findall(word)}
    if "seed" in macros or spec.report.deterministic or "seed" in spec.parameters:
        return
    files = command.reference(spec.base_dir).files
    if any(
        "SWEEP_SEED" in _text(path) or "SWEEP_CONFIG" in _text(path) for path in files
    ):
        return
    yield (
        "command: it does not receive the seed, so every seed may train "
        'the same run: add "${seed}", e.g. --seed=${seed}, or read SWEEP_SEED in '
        "the program"
    )


def _of_function(spec: StudySpec, ref: TrainerRef, read: Reads) -> Iterator[str]:
    """A sentence for each parameter, and for the seed, that a function never reads."""
    if read.parameters is not None:
        for name in _varied(spec):
            if name not in read.parameters:
                yield (
                    f"parameters.{name}: {ref.target} never reads it, so arms that"
                    " differ only in it train the same model; it reads:"
                    f" {', '.join(sorted(read.parameters)) or 'none'}"
                )
    if read.seed is False and not spec.report.deterministic:
        yield (
            f"trainer: {ref.target} never reads run.seed, so every seed may train the same "
            "run; if that is intended, set report.deterministic: true"
        )


def _varied(spec: StudySpec) -> list[str]:
    """Parameters that have several values, or that an arm changes."""
    names = searched(spec.parameters)
    if spec.ablation is not None:
        for arm in declared(spec.ablation, spec.parameters):
            names += arm.changes
    return list(dict.fromkeys(names))


def of_trainer(ref: TrainerRef) -> Reads | None:
    """What the user's trainer reads; None if its source cannot be read."""
    source, _, name = ref.target.rpartition(":")
    if ref.kind not in ("file", "module"):
        return None
    path = Path(source) if ref.kind == "file" else _module_file(source)
    try:
        tree = ast.parse(_text(path)) if path is not None else None
    except (SyntaxError, ValueError):
        return None
    functions_ = (
        [] if tree is None else [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    )
    named = [function for function in functions_ if function.name == name]
    return reads(named[-1]) if named else None


def _module_file(name: str) -> Path | None:
    """The file of a module; None if it cannot be found."""
    try:
        module_spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    origin = None if module_spec is None else module_spec.origin
    return Path(origin) if origin and origin.endswith(".py") else None


def _text(path: Path) -> str:
    """The text of a file; "" if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _keys(function: ast.FunctionDef, name: str) -> frozenset[str] | None:
    """The literal keys that are read from a mapping; None if it is used in any other way."""
    parents = _parents(function)
    keys = set()
    for use in _uses(function, name):
        parent = parents[use]
        key: ast.expr | None = None
        if isinstance(parent, ast.Subscript) and parent.value is use:
            key = parent.slice
        elif isinstance(parent, ast.Attribute) and parent.attr == "get":
            call = parents[parent]
            if isinstance(call, ast.Call) and call.func is parent and call.args:
                key = call.args[0]
        elif isinstance(parent, ast.Compare) and parent.comparators == [use]:
            key = parent.left
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            return None
        keys.add(key.value)
    return frozenset(keys)


def _attributes(function: ast.FunctionDef, name: str) -> set[str] | None:
    """The attributes that are read from an object; None if it is used in any other way."""
    parents = _parents(function)
    attributes = set()
    for use in _uses(function, name):
        parent = parents[use]
        if not isinstance(parent, ast.Attribute):
            return None
        attributes.add(parent.attr)
    return attributes


def _uses(function: ast.FunctionDef, name: str) -> list[ast.Name]:
    """The places where a function uses a variable."""
    return [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name]


def _parents(function: ast.FunctionDef) -> dict[ast.AST, ast.AST]:
    """Node → the node around it."""
    return {
        child: node
        for node in ast.walk(function)
        for child in ast.iter_child_nodes(node)
    }
