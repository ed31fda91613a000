"""Imports as `python train.py` makes them.

Python puts the script's folder first on `sys.path`, the environment's folders after it, and
`sys.argv` holds the script and its own arguments. So a `utils.py` beside the trainer wins over one
in the working folder and over an installed package of that name.

A process of ours has imported packages before it imports the trainer. Where a file beside the
trainer has the name of one of them, that package is taken out of `sys.modules` meanwhile: the code
that imported it keeps it, and the trainer gets its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

_OWN = "sweep"  # never taken out: we run in it
_LEVELS = 3  # folders above the trainer in which a missing module is looked for
_USUAL = ("src", "lib", "python")
# What Python itself has imported before a script begins: a file of that name beside the script is
# not imported by `python train.py` either.
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
        folder: of the trainer's file, or the one that its package lies in.
        script: what `sys.argv` holds, alone.
        keep: leave path, arguments and modules as the trainer needs them while it runs. False: put
            everything back, for a process that only looks at the trainer.

    Yields:
        Filled at the end: the modules of that folder which were imported.
    """
    path, arguments = list(sys.path), list(sys.argv)
    hidden = _hide(_shadowed(folder))
    before = {name.partition(".")[0] for name in sys.modules}
    own: dict[str, ModuleType] = {}
    sys.path[:] = [str(folder), *(entry for entry in sys.path if entry != str(folder))]
    sys.argv[:] = [script]
    try:
        yield own
    except BaseException:
        keep = False
        raise
    finally:
        own |= _imported_from(folder, before)
        if not keep:
            sys.path[:], sys.argv[:] = path, arguments
            for name in own:
                sys.modules.pop(
                    name, None
                )  # another trainer may have a module of that name
            sys.modules.update(hidden)


def importable_by_name(path: Path) -> bool:
    """Whether `import <stem>` finds this file, once its folder is first on the path."""
    return "." not in path.stem and path.stem not in (_OWN, "__main__", *_AT_START)


def missing_folder(module: str, folder: Path) -> Path | None:
    """The folder near the trainer that holds a module which could not be imported.

    Args:
        module: its name; what is looked for is the first part.
        folder: the trainer's.
    """
    top = module.partition(".")[0]
    above = [folder, *list(folder.parents)[:_LEVELS]]
    candidates = [
        place for root in above for place in (root, *(root / name for name in _USUAL))
    ]
    for place in candidates:
        if (place / f"{top}.py").is_file() or (place / top / "__init__.py").is_file():
            return place
    for place in candidates:
        if any((place / top).glob("*.py")):  # a package without __init__.py
            return place
    return None


def _imported_from(folder: Path, before: set[str]) -> dict[str, ModuleType]:
    """Modules of a folder, but for those whose first part was imported before."""
    return {
        name: module
        for name, module in sys.modules.items()
        if name.partition(".")[0] not in before and _lies_in(module, folder)
    }


def _shadowed(folder: Path) -> set[str]:
    """Top-level modules in use that a file or package in the folder has the name of."""
    found = set()
    for name, module in list(sys.modules.items()):
        if "." in name or name in _AT_START or name in (_OWN, "__main__"):
            continue
        beside = (folder / f"{name}.py").is_file() or (
            folder / name / "__init__.py"
        ).is_file()
        if beside and not _lies_in(module, folder):
            found.add(name)
    return found


def _lies_in(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and folder in Path(file).parents


def _hide(names: set[str]) -> dict[str, ModuleType]:
    """Take modules and their submodules out of `sys.modules`; what was taken."""
    hidden = {}
    for name in list(sys.modules):
        if name.partition(".")[0] in names:
            hidden[name] = sys.modules.pop(name)
    return hidden
