"""Where the program of a W&B sweep file lies, and so the folder it runs in.

`wandb agent` runs a program in the folder it is typed in. So that folder comes first, then that of
the sweep file, then the folders above it up to the root of the repository.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sweep.errors import nearest


@dataclass(frozen=True)
class Located:
    """A program that was found.

    Attributes:
        program: as the command names it.
        folder: where it runs.
        moved: whether it was found by the end of its path, its folder being that of
            another machine.
    """

    program: str
    folder: Path
    moved: bool = False


def candidates(here: Path, beside: Path) -> list[Path]:
    """The folders to search, in order.

    Args:
        here: where the user stands.
        beside: of the sweep file.
    """
    here, beside = here.resolve(), beside.resolve()
    above = list(beside.parents)
    root = next((n for n, folder in enumerate(above) if (folder / ".git").exists()), -1)
    in_repository = [] if (beside / ".git").exists() else above[: root + 1]
    return list(dict.fromkeys([here, beside, *in_repository]))


def locate(program: str, as_module: bool, folders: list[Path]) -> Located | None:
    """The first folder in which the program is found; None: there is no such program.

    Args:
        as_module: the command runs `python -m PROGRAM`.
        folders: see `candidates`; the first is where the user stands.
    """
    if as_module:
        return _module(program, folders)
    path = Path(program).expanduser()
    if path.is_absolute():
        return (
            Located(program, folders[0])
            if _is_file(path)
            else _elsewhere(path, folders)
        )
    for folder in folders:
        if _is_file(folder / path):
            bare = len(path.parts) == 1 and not path.suffix
            return Located(f"./{program}" if bare else program, folder)
    if len(path.parts) == 1 and shutil.which(program):
        return Located(program, folders[0])
    return _module(program, folders) if _looks_like_module(program) else None


def _module(name: str, folders: Iterable[Path]) -> Located | None:
    folders = list(folders)
    inside = Path(*name.split("."))
    for folder in folders:
        for start in (folder, folder / "src"):
            if (
                _is_file(start / inside.with_name(f"{inside.name}.py"))
                or (start / inside).is_dir()
            ):
                return Located(name, folder)
    try:
        installed = importlib.util.find_spec(name.partition(".")[0])
    except (ImportError, ValueError):
        installed = None
    return None if installed is None else Located(name, folders[0])


def _looks_like_module(program: str) -> bool:
    return "." in program and all(part.isidentifier() for part in program.split("."))


def _elsewhere(path: Path, folders: Iterable[Path]) -> Located | None:
    """The file that a path of another machine ends in: the longest end that is there."""
    folders = list(folders)
    parts = path.parts[1:]
    for start in range(len(parts)):
        end = Path(*parts[start:])
        for folder in folders:
            if _is_file(folder / end):
                return Located(str(end), folder, moved=True)
    return None


def searched(program: str, folders: list[Path]) -> str:
    """The folders in words, with the nearest name in them."""
    there = [path.name for folder in folders for path in folder.glob("*.py")]
    guess = nearest(Path(program).name, there)
    hint = f"did you mean {guess!r}? " if guess else ""
    return f"{hint}searched: {', '.join(map(str, folders))}"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than the file system takes
        return False
