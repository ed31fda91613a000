"""Names that a trial rebound in modules and classes shared with later trials.

These are patched functions or methods of a library, and globals of the trainer's own modules.
Since such a change may be a cache that is meant to stay, it is reported and not undone.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

_MISSING = object()
# Entries of a global list, dict or set: of a larger one only the number is compared.
_LARGEST = 10_000
# Folders of installed packages.
_INSTALLED = frozenset({"site-packages", "dist-packages"})
_OURS = str(Path(__file__).parents[1])  # the folder of `sweep`


class Bindings:
    """The values of all names in modules and classes at its creation."""

    def __init__(self) -> None:
        self._modules = dict(sys.modules)
        self._spaces = {id(space.owner): space for space in _spaces()}
        self._contents = dict(_contents(self._spaces.values()))

    def changed(self) -> list[str]:
        """Full names that were rebound since then: `torch.nn.Linear.forward`.

        Names of the user's modules come first.
        """
        users = {*self._aliases(), *self._changed_collections()}
        libraries: set[str] = set()
        for now in _spaces():
            before = self._spaces.get(id(now.owner))
            if before is None or _same(before.names, now.names):
                continue
            rebound = {f"{now.name}.{name}" for name in _rebound(before, now)}
            names = users if now.is_users else libraries
            names |= rebound
        return [*sorted(users), *sorted(libraries)]

    def _aliases(self) -> Iterator[str]:
        """New entries of `sys.modules` for existing modules, or not made by an import."""
        modules_before = {id(module) for module in self._modules.values()}
        for name, module in list(sys.modules.items()):
            if name in self._modules:
                continue
            not_imported = getattr(module, "__spec__", None) is None and "." not in name
            if id(module) in modules_before or not_imported:
                yield f"sys.modules[{name!r}]"

    def _changed_collections(self) -> Iterator[str]:
        """Global lists, dicts and sets whose content changed."""
        for name, (collection, content_before) in self._contents.items():
            if not _same(content_before, _content(collection)):
                yield name


@dataclass(frozen=True)
class _Space:
    """A module or class, and the current values of its names.

    Attributes:
        owner: the module or class.
        is_users: it belongs to the user's code.
    """

    owner: Any
    name: str
    is_users: bool
    names: Mapping[str, Any]


def _spaces() -> Iterator[_Space]:
    """Every module and every class of a module that this process has loaded."""
    for name, module in list(sys.modules.items()):
        if not isinstance(module, ModuleType) or name == "__main__":
            continue
        is_users = _is_users(module)
        names = dict(vars(module))
        yield _Space(module, name, is_users, names)
        for value in names.values():
            # Not `isinstance`: it reads `__class__`, which raises for some objects.
            if issubclass(type(value), type) and value.__module__ == name:
                full_name = f"{name}.{value.__qualname__}"
                yield _Space(value, full_name, is_users, dict(vars(value)))


def _is_users(module: ModuleType) -> bool:
    """Whether a module is neither of Python, nor installed, nor of `sweep`."""
    file = getattr(module, "__file__", None)
    if not isinstance(file, str) or not file.startswith(os.sep):
        return False
    return not (
        _INSTALLED & set(Path(file).parts) or file.startswith((*_of_python(), _OURS))
    )


@cache
def _of_python() -> tuple[str, ...]:
    """The folders of Python's own library."""
    paths = sysconfig.get_paths()
    return paths["stdlib"], paths["platstdlib"]


def _rebound(before: _Space, now: _Space) -> Iterator[str]:
    """Rebound names: of the user's modules all, of a library its functions."""
    for name in before.names.keys() | now.names.keys():
        was, is_now = before.names.get(name, _MISSING), now.names.get(name, _MISSING)
        if was is is_now:
            continue
        was_callable = was is not _MISSING and callable(was)
        if was_callable or (now.is_users and not name.startswith("__")):
            yield name


def _contents(spaces: Iterable[_Space]) -> Iterator[tuple[str, Any]]:
    """The user's global lists, dicts and sets, each with its content."""
    for space in spaces:
        if not space.is_users:
            continue
        for name, value in space.names.items():
            if isinstance(value, list | dict | set) and not name.startswith("__"):
                yield f"{space.name}.{name}", (value, _content(value))


def _content(collection: Any) -> Any:
    """A copy of a collection, or its length where it is large."""
    return len(collection) if len(collection) > _LARGEST else collection.copy()


def _same(before: Any, now: Any) -> bool:
    """Whether two collections are equal; values that cannot be compared differ."""
    try:
        return bool(before == now)
    except Exception:  # noqa: BLE001  (whatever a value's own comparison raises)
        return False
