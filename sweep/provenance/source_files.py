"""Find a trainer's source files, so that changes of its code are noticed and named.

The user's file counts together with the modules that it imports from its project. They are found by
parsing `import` statements; nothing is run. For installed libraries, versions are recorded instead.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from sweep import function_file
from sweep.trainer import TrainerRef


def run_files(trainer: TrainerRef) -> list[Path]:
    """The files that run: a trainer's source files, and the pickle of a function."""
    sources = source_files(trainer)
    if trainer.kind != "function":
        return sources
    return sorted(
        {*sources, *function_file.files(Path(trainer.target.rpartition(":")[0]))}
    )


_OURS = Path(__file__)  # what this project itself is made of is recorded as its version


def source_files(trainer: TrainerRef) -> list[Path]:
    """The files whose change makes results incomparable, sorted by path.

    For a bundled trainer it is its whole package, otherwise the user's code.
    """
    if trainer.kind == "bundled":
        package = _origin(trainer.target.partition(".")[0])
        return sorted(package.parent.rglob("*.py")) if package is not None else []
    if trainer.kind == "command":
        return sorted(
            {
                found
                for file in trainer.files
                for found in with_imports(file, file.parent)
            }
        )
    module = trainer.target.rpartition(":")[0]
    if trainer.kind == "function":
        return sorted(_of_function(Path(module)))
    origin = Path(module) if trainer.kind == "file" else _origin(module)
    if origin is None:
        return []
    depth = (
        0
        if trainer.kind == "file"
        else module.count(".") + (origin.name == "__init__.py")
    )
    return sorted(with_imports(origin, origin.parents[depth]))


def _of_function(pickled: Path) -> set[Path]:
    """A function's text, and the user's modules that it imports from its original folders."""
    text = function_file.text_file(pickled)
    found = {text} if text.is_file() else set()
    for folder in map(Path, function_file.folders(pickled)):
        if folder not in _OURS.parents:
            found |= with_imports(text, folder)
    return found


def digests(files: list[Path]) -> dict[str, str]:
    """Name → SHA-256, 16 hex digits; names are relative to the folder that holds all the files."""
    files = [file for file in files if file.is_file()]
    if not files:
        return {}
    shared = files[0].parent
    while not all(file.is_relative_to(shared) for file in files):
        shared = shared.parent
    return {
        str(file.relative_to(shared)): hashlib.sha256(file.read_bytes()).hexdigest()[
            :16
        ]
        for file in files
    }


def digest(files: list[Path]) -> str:
    """SHA-256 over names and contents, 16 hex digits."""
    total = hashlib.sha256()
    for path in files:
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:16]


def with_imports(file: Path, root: Path) -> set[Path]:
    """A file, and the Python files under `root` that it imports, directly or through others.

    Args:
        root: the folder that absolute imports of the user's own modules start from.
    """
    found: set[Path] = set()
    ahead = [file]
    while ahead:
        path = ahead.pop()
        if path not in found:
            found.add(path)
            ahead += _imported(path, root) if path.suffix == ".py" else []
    return found


def _imported(file: Path, root: Path) -> Iterator[Path]:
    """The files below the root that a file imports; none if it cannot be parsed."""
    try:
        tree = ast.parse(file.read_bytes())
    except (
        SyntaxError,
        ValueError,
        RecursionError,
        OSError,
    ):  # whoever runs it will say so
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield from _module(root, name.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            start = root if node.level == 0 else file.parents[node.level - 1]
            parts = node.module.split(".") if node.module else []
            yield from _module(start, parts)
            for name in node.names:  # `from package import module`
                yield from _module(start, [*parts, name.name])


def _module(start: Path, parts: list[str]) -> Iterator[Path]:
    """The file of a module and the `__init__.py` of each package on the way, as far as
    they are under `start`.
    """
    for end in range(len(parts) + 1):
        place = start.joinpath(*parts[:end])
        candidates = (
            [place / "__init__.py"]
            if end < len(parts)
            else [place.with_suffix(".py"), place / "__init__.py"]
        )
        if end:
            yield from (path for path in candidates if path.is_file())


def _origin(module: str) -> Path | None:
    """The file of a module; None if there is none."""
    found = importlib.util.find_spec(module)
    return None if found is None or found.origin is None else Path(found.origin)
