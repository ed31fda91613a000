"""The text of a function with everything that it uses from its notebook.

A function of a notebook or a script has no file. Its results depend on its text, on functions and
classes of the notebook that it uses, and on the values of names that it reads. This module writes
all of them as one text. Equal texts train the same model, and two texts can be compared line by
line.
"""

from __future__ import annotations

import ast
import dis
import hashlib
import inspect
import linecache
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

import cloudpickle

from sweep.errors import TrainerNotFound

_PLAIN = (int, float, complex, str, bytes, bool, type(None))
# characters of a value that is written out; of a longer one its hash is
_LONGEST = 2000


def source_text(function: Callable[..., Any]) -> str:
    """What a function is made of: imports, values, then functions and classes, its own last.

    Names are followed through what is defined in the notebook or script itself. What can be
    imported is named by its import; what it holds is a file's content and counts as such.
    """
    found = _Found()
    found.follow(_name_of(function), function)
    imports, values = sorted(set(found.imports)), sorted(found.values)
    parts = ["\n".join(lines) for lines in (imports, values) if lines]
    return "\n\n\n".join([*parts, *reversed(found.definitions)]) + "\n"


def is_importable(thing: Any) -> bool:
    """Whether another process finds this very function or class in a module."""
    module = sys.modules.get(getattr(thing, "__module__", None) or "__main__")
    if module is None or module.__name__ == "__main__":
        return False
    name = getattr(thing, "__qualname__", "")
    return getattr(module, name, None) is thing


def _name_of(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


@dataclass
class _Found:
    """What was met on the way through a function's names."""

    imports: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    definitions: list[str] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def follow(self, name: str, thing: Any) -> None:
        """Take in what a name stands for."""
        if isinstance(thing, ModuleType):
            self._module(name, thing)
            return
        if id(thing) in self.seen and not isinstance(thing, _PLAIN):
            return
        self.seen.add(id(thing))
        if isinstance(thing, partial):
            self.values.append(
                f"{name} = partial(…, {_shown(thing.args)}, {_shown(thing.keywords)})"
            )
            self.follow(_name_of(thing.func), thing.func)
        elif inspect.isbuiltin(thing) or is_importable(thing):
            module = getattr(thing, "__module__", None) or "builtins"
            if module != "builtins":
                self.imports.append(
                    f"from {module} import {_name_of(thing)}{_as(name, thing)}"
                )
        elif isinstance(thing, FunctionType):
            self._function(thing)
        elif isinstance(thing, type):
            self._class(thing)
        elif inspect.ismethod(thing):
            self._value(f"{name}.__self__", thing.__self__)
            self.follow(name, thing.__func__)
        else:
            self._value(name, thing)

    def _module(self, name: str, module: ModuleType) -> None:
        """Add the import of a module."""
        known_as = "" if module.__name__ == name else f" as {name}"
        self.imports.append(f"import {module.__name__}{known_as}")

    def _function(self, function: FunctionType) -> None:
        """Add a function, and everything that it uses."""
        self.definitions.append(_text_of(function))
        self._names_of(function)

    def _class(self, own: type) -> None:
        """Add a class with its own functions and its bases."""
        functions = [
            each
            for each in map(_plain_function, vars(own).values())
            if each is not None
        ]
        self.definitions.append(_text_of_class(own, functions))
        for base in own.__bases__:
            self.follow(base.__name__, base)
        for function in functions:
            self._names_of(function)

    def _value(self, name: str, value: Any) -> None:
        """Add a value, and the class of it."""
        self.values.append(f"{name} = {_shown(value)}")
        own = type(value)
        if not is_importable(own):
            self.follow(own.__name__, own)

    def _names_of(self, function: FunctionType) -> None:
        """Follow what a function reads: names of its module, and those of functions around it."""
        for name in _names_in(function.__code__):
            if name in function.__globals__:
                self.follow(name, function.__globals__[name])
        cells = zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=False
        )
        for name, cell in cells:
            try:
                self.follow(name, cell.cell_contents)
            except ValueError:  # not assigned yet
                continue


def _names_in(code: CodeType) -> Iterator[str]:
    """The names that a function and those inside it look up, each once."""
    ahead, names = [code], dict[str, None]()
    while ahead:
        each = ahead.pop()
        names |= dict.fromkeys(each.co_names)
        ahead += [
            constant for constant in each.co_consts if isinstance(constant, CodeType)
        ]
    yield from names


def _plain_function(member: Any) -> FunctionType | None:
    """The function behind an attribute of a class, if it is one."""
    if isinstance(member, staticmethod | classmethod):
        member = member.__func__
    if isinstance(member, property):
        member = member.fget
    return member if isinstance(member, FunctionType) else None


def _as(name: str, thing: Any) -> str:
    """The `as` of an import, if a thing has another name here."""
    return "" if _name_of(thing) == name else f" as {name}"


# --------------------------------------------------------------------------- text


def _text_of(function: FunctionType) -> str:
    """The source of a function; its bytecode if there is no source."""
    try:
        return textwrap.dedent(inspect.getsource(function)).rstrip()
    except (OSError, TypeError, SyntaxError, IndentationError):
        return _bytecode(function)


def _text_of_class(own: type, functions: list[FunctionType]) -> str:
    """A class's text; of a notebook's class it is found by the cell of one of its functions."""
    try:
        return textwrap.dedent(inspect.getsource(own)).rstrip()
    except (OSError, TypeError, SyntaxError, IndentationError):
        pass
    for function in functions:
        found = _class_in(
            "".join(linecache.getlines(function.__code__.co_filename)), own.__name__
        )
        if found is not None:
            return found
    fields = [f"    {name} = {_shown(value)}" for name, value in _plain_fields(own)]
    return "\n".join([f"class {own.__name__}:", *fields, *map(_text_of, functions)])


def _class_in(text: str, name: str) -> str | None:
    """The source of a class in a module's source; None if it is not there."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            return ast.get_source_segment(text, node)
    return None


def _plain_fields(own: type) -> list[tuple[str, Any]]:
    """The fields of a class with plain values, such as numbers and texts."""
    values = vars(own).items()
    return [
        (name, value)
        for name, value in values
        if isinstance(value, _PLAIN) and name[:2] != "__"
    ]


def _bytecode(function: FunctionType) -> str:
    """What stands for the text of a function that was typed where nothing keeps it."""
    lines = [f"# The text of {function.__name__} is not known; this is its bytecode."]
    ahead = [function.__code__]
    while ahead:
        code = ahead.pop(0)
        lines.append(
            f"# {code.co_name}({', '.join(code.co_varnames[: code.co_argcount])})"
        )
        for step in dis.get_instructions(code):
            is_code = isinstance(step.argval, CodeType)
            lines.append(
                f"#     {step.opname} {step.argval.co_name if is_code else step.argrepr}"
            )
        ahead += [
            constant for constant in code.co_consts if isinstance(constant, CodeType)
        ]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    """A value written out if it is plain and short; else its type and the hash of its pickle."""
    text = _written(value)
    if text is not None and len(text) <= _LONGEST:
        return text
    try:
        pickled = cloudpickle.dumps(value)
    except Exception as error:  # any class may refuse in its own way
        raise _not_sent(value, error) from error
    return f"<{type(value).__qualname__} {hashlib.sha256(pickled).hexdigest()[:16]}>"


def _not_sent(value: Any, error: Exception) -> TrainerNotFound:
    """The error for a value that cannot be pickled."""
    return TrainerNotFound(
        f"the trainer uses a {type(value).__qualname__} that cannot be passed to another process "
        f"({type(error).__name__}: {error}); create it inside the function"
    )


def _written(value: Any) -> str | None:
    """A plain value as Python writes it, sets in order; None for any other."""
    if isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, Mapping):
        pairs = [(_written(key), _written(inner)) for key, inner in value.items()]
        if any(key is None or inner is None for key, inner in pairs):
            return None
        return "{" + ", ".join(f"{key}: {inner}" for key, inner in pairs) + "}"
    if isinstance(value, list | tuple | set | frozenset):
        parts = [_written(each) for each in value]
        if any(part is None for part in parts):
            return None
        known = [part for part in parts if part is not None]
        inner = ", ".join(
            sorted(known) if isinstance(value, set | frozenset) else known
        )
        return f"{type(value).__name__}({inner})"
    return None
