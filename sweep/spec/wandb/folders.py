"""Find the program of a W&B sweep file, and thereby the folder that it runs in.

`wandb agent` runs a program in the current folder. So the current folder is searched first, then
that of the sweep file, then its parents up to the root of the repository.
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
        program: the name that the command uses.
        folder: the folder that it runs in.
        moved: whether only the end of its path was found, since the path is of another machine.
    """

    program: str
    folder: Path
    moved: bool = False


def candidates(here: Path, beside: Path) -> list[Path]:
    """The folders to search, in order.

    Args:
        here: the current folder.
        beside: the folder of the sweep file.
    """
    here, beside = here.resolve(), beside.resolve()
    above = list(beside.parents)
    root = next((n for n, folder in enumerate(above) if (folder / ".git").exists()), -1)
    in_repository = [] if (beside / ".git").exists() else above[: root + 1]
    return list(dict.fromkeys([here, beside, *in_repository]))


def locate(program: str, as_module: bool, folders: list[Path]) -> Located | None:
    """Find the program in the first folder that has it; None: no folder has it.

    Args:
        as_module: the command runs `python -m PROGRAM`.
        folders: see `candidates`; the first one is the current folder.
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
    """Find a module or a package below one of the folders, or below its `src`."""
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
    """Whether a program is a dotted name."""
    return "." in program and all(part.isidentifier() for part in program.split("."))


def _elsewhere(path: Path, folders: Iterable[Path]) -> Located | None:
    """The file for a path of another machine: the longest end of the path that exists here."""
    folders = list(folders)
    parts = path.parts[1:]
    for start in range(len(parts)):
        end = Path(*parts[start:])
        for folder in folders:
            if _is_file(folder / end):
                return Located(str(end), folder, moved=True)
    return None


def searched(program: str, folders: list[Path]) -> str:
    """The searched folders in words, with the nearest file name in them."""
    file_names = [path.name for folder in folders for path in folder.glob("*.py")]
    guess = nearest(Path(program).name, file_names)
    hint = f"did you mean {guess!r}? " if guess else ""
    return f"{hint}searched: {', '.join(map(str, folders))}"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than the file system takes
        return False
