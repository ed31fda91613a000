"""What a trial bound anew in modules and classes that other trials of its process share.

A patched function or method of a library, and globals of the trainer's own modules: nobody can tell
them from a cache that is meant to stay, so they are named and not put back.
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
_LARGEST = 10_000  # entries of a global list, dict or set that are compared; beyond, their number
_INSTALLED = frozenset(
    {"site-packages", "dist-packages"}
)  # folders of installed packages
_OURS = str(Path(__file__).parents[1])  # the folder of `sweep`


class Bindings:
    """Remembers what names of modules and classes stand for."""

    def __init__(self) -> None:
        self._modules = dict(sys.modules)
        self._spaces = {id(space.thing): space for space in _spaces()}
        self._contents = dict(_contents(self._spaces.values()))

    def changed(self) -> list[str]:
        """Names that stand for something else by now, in full: `torch.nn.Linear.forward`.

        The user's own come first.
        """
        users, libraries = {*self._aliases(), *self._refilled()}, set()
        for now in _spaces():
            before = self._spaces.get(id(now.thing))
            if before is None or _same(before.names, now.names):
                continue
            found = {f"{now.name}.{name}" for name in _rebound(before, now)}
            users |= found if now.own else set()
            libraries |= set() if now.own else found
        return [*sorted(users), *sorted(libraries)]

    def _aliases(self) -> Iterator[str]:
        """Modules that another name was given to, or that no import has made."""
        known = {id(module) for module in self._modules.values()}
        for name, module in list(sys.modules.items()):
            if name in self._modules:
                continue
            made = getattr(module, "__spec__", None) is None and "." not in name
            if id(module) in known or made:
                yield f"sys.modules[{name!r}]"

    def _refilled(self) -> Iterator[str]:
        """Lists, dicts and sets that hold something else than they did."""
        for name, (thing, before) in self._contents.items():
            if not _same(before, _content(thing)):
                yield name


@dataclass(frozen=True)
class _Space:
    """A module or class, and what its names stand for now.

    Attributes:
        own: it is of the user's code.
    """

    thing: Any
    name: str
    own: bool
    names: Mapping[str, Any]


def _spaces() -> Iterator[_Space]:
    for name, module in list(sys.modules.items()):
        if not isinstance(module, ModuleType) or name == "__main__":
            continue
        own = _is_users(module)
        names = dict(vars(module))
        yield _Space(module, name, own, names)
        for value in names.values():
            # Not `isinstance`, which asks what some objects do not like to be asked.
            if issubclass(type(value), type) and value.__module__ == name:
                yield _Space(
                    value, f"{name}.{value.__qualname__}", own, dict(vars(value))
                )


def _is_users(module: ModuleType) -> bool:
    """Whether a module is neither the interpreter's, nor installed, nor ours."""
    file = getattr(module, "__file__", None)
    if not isinstance(file, str) or not file.startswith(os.sep):
        return False
    return not (
        _INSTALLED & set(Path(file).parts) or file.startswith((*_of_python(), _OURS))
    )


@cache
def _of_python() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    return paths["stdlib"], paths["platstdlib"]


def _rebound(before: _Space, now: _Space) -> Iterator[str]:
    """Of the user's own names those that were bound anew; of a library's, its functions."""
    for name in before.names.keys() | now.names.keys():
        was, is_now = before.names.get(name, _MISSING), now.names.get(name, _MISSING)
        if was is is_now:
            continue
        was_callable = was is not _MISSING and callable(was)
        if was_callable or (now.own and not name.startswith("__")):
            yield name


def _contents(spaces: Iterable[_Space]) -> Iterator[tuple[str, Any]]:
    """What the user's global lists, dicts and sets hold."""
    for space in spaces:
        for name, thing in space.names.items() if space.own else ():
            if isinstance(thing, list | dict | set) and not name.startswith("__"):
                yield f"{space.name}.{name}", (thing, _content(thing))


def _content(thing: Any) -> Any:
    return len(thing) if len(thing) > _LARGEST else thing.copy()


def _same(before: Any, now: Any) -> bool:
    """Whether two collections hold the same things; things that cannot be compared differ."""
    try:
        return bool(before == now)
    except Exception:  # noqa: BLE001  (whatever a thing's own comparison raises)
        return False
