"""Import a trainer's module as `python train.py` would.

Python puts the script's folder first on `sys.path`, before the environment's folders, and
`sys.argv` holds the script and its arguments. So a `utils.py` beside the trainer has priority over
one in the working folder and over an installed package of that name.

A sweep process has imported packages before it imports the trainer. If a file beside the trainer
has the name of such a package, the package is removed from `sys.modules` for that time: code that
has imported it keeps its reference, and the trainer imports the file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

_OWN = "sweep"  # this package; never removed from `sys.modules`
_LEVELS = 3  # parent folders of the trainer that are searched for a missing module
_SOURCE_FOLDERS = ("src", "lib", "python")
# Modules that Python imports before a script begins: `python train.py` does not import a file of
# that name beside the script either.
_AT_START = frozenset(
    {
        *(
            "os",
            "posixpath",
            "stat",
            "codecs",
            "io",
            "abc",
            "site",
            "encodings",
            "genericpath",
        ),
        *("warnings", *sys.builtin_module_names),
    }
)


@contextmanager
def as_script(
    folder: Path, script: str, *, keep: bool
) -> Iterator[dict[str, ModuleType]]:
    """Import as a script in this folder would.

    Args:
        folder: the folder of the trainer's file, or the one that contains its package.
        script: the only element of `sys.argv`.
        keep: True leaves path, arguments and modules as the trainer needs them while it runs.
            False restores them, for a process that only inspects the trainer. After an error they
            are always restored.

    Yields:
        Name → module for the modules of that folder that were imported; filled at the end.
    """
    path, arguments = list(sys.path), list(sys.argv)
    hidden = _hide(_shadowed(folder))
    before = {name.partition(".")[0] for name in sys.modules}
    imported: dict[str, ModuleType] = {}
    sys.path[:] = [str(folder), *(entry for entry in sys.path if entry != str(folder))]
    sys.argv[:] = [script]
    try:
        yield imported
    except BaseException:
        keep = False
        raise
    finally:
        imported |= _imported_from(folder, before)
        if not keep:
            sys.path[:], sys.argv[:] = path, arguments
            for name in imported:  # another trainer may have a module of that name
                sys.modules.pop(name, None)
            sys.modules.update(hidden)


def importable_by_name(path: Path) -> bool:
    """Whether `import <stem>` finds this file when its folder is first on `sys.path`."""
    return "." not in path.stem and path.stem not in (_OWN, "__main__", *_AT_START)


def missing_folder(module: str, folder: Path) -> Path | None:
    """The folder near the trainer that contains a module which could not be imported.

    Args:
        module: name of the module; its top-level package is searched for.
        folder: the trainer's folder.
    """
    top = module.partition(".")[0]
    candidates: list[Path] = []
    for root in [folder, *list(folder.parents)[:_LEVELS]]:
        candidates += [root, *(root / name for name in _SOURCE_FOLDERS)]
    for candidate in candidates:
        if _holds(candidate, top):
            return candidate
    for candidate in candidates:
        if any((candidate / top).glob("*.py")):  # a package without __init__.py
            return candidate
    return None


def _holds(folder: Path, name: str) -> bool:
    """Whether a folder contains the file or package of a top-level module."""
    package = folder / name / "__init__.py"
    return (folder / f"{name}.py").is_file() or package.is_file()


def _imported_from(folder: Path, before: set[str]) -> dict[str, ModuleType]:
    """Modules of a folder, except those whose top-level package was imported before."""
    return {
        name: module
        for name, module in sys.modules.items()
        if name.partition(".")[0] not in before and _lies_in(module, folder)
    }


def _shadowed(folder: Path) -> set[str]:
    """Imported top-level modules whose name a file or package in the folder has."""
    shadowed = set()
    for name, module in list(sys.modules.items()):
        if "." in name or name in _AT_START or name in (_OWN, "__main__"):
            continue
        if _holds(folder, name) and not _lies_in(module, folder):
            shadowed.add(name)
    return shadowed


def _lies_in(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and folder in Path(file).parents


def _hide(names: set[str]) -> dict[str, ModuleType]:
    """Remove modules and their submodules from `sys.modules`; return the removed ones."""
    hidden = {}
    for name in list(sys.modules):
        if name.partition(".")[0] in names:
            hidden[name] = sys.modules.pop(name)
    return hidden
