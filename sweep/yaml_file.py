"""A YAML file read as people mean it, remembering the line of every key.

The scalars are those of YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema):
`1e-4` is a number, `no` and `on` stay words, only `true` and `false` are booleans. Keys are always
words. Beyond the schema, `1_000` is a number. Duplicate keys are errors. Nesting, size and the
expansion of aliases are bounded, so that no file takes long to refuse.

`read_yaml_1_1` gives the scalars of YAML 1.1 instead, for files that were written for a reader of
that version (PyYAML's, which W&B uses): there `yes` is true and `010` is eight.
"""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from sweep.errors import StudyFileError, Violation

Path_ = tuple[str | int, ...]  # keys and list positions from the root

MAX_BYTES = 1_000_000
MAX_DEPTH = 50
MAX_NODES = 10_000  # keys and values, after aliases are expanded
_INT64 = 2**63

# libyaml where PyYAML was built with it: 10 times faster.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """SafeLoader with the scalars of YAML 1.2 instead of 1.1."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own protocol


_TAG = "tag:yaml.org,2002:"
for _name, _pattern, _first in (
    ("null", r"null|Null|NULL|~|", ["n", "N", "~", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    (
        "int",
        r"[-+]?(?:[0-9]+|[0-9]{1,3}(?:_[0-9]{3})+)|0o[0-7]+|0x[0-9a-fA-F]+",
        list("-+0123456789"),
    ),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", list("-+.")),
    ("merge", r"<<", ["<"]),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"^(?:{_pattern})$"), _first)


@dataclass(frozen=True)
class Document:
    """A file's content with the line of every key.

    Attributes:
        name: what messages call the file.
        data: mappings, lists, text, numbers, booleans and None.
        lines: path → 1-based line; 0 for what did not come from the file.
        text: the file as it was read.
        violations: faults that leave the rest readable: duplicate keys (the first is in `data`),
            tags, numbers that are not finite. Whoever uses `data` reports them with its own.
        remarks: paths whose scalar YAML 1.1 reads differently from YAML 1.2, with the difference in
            words; only of a file that was read by YAML 1.1.
    """

    name: str
    data: dict[str, Any]
    lines: Mapping[Path_, int] = field(repr=False)
    text: str = field(default="", repr=False)
    violations: tuple[Violation, ...] = ()
    remarks: tuple[tuple[Path_, str], ...] = ()

    def line_of(self, path: Path_) -> int:
        """Line of a key, or of the nearest enclosing key that is in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def replaced(self, path: Path_, value: Any, line: int) -> Document:
        """The document with another value at `path` (mappings on the way are made), said to stand
        in `line`.

        Raises:
            KeyError: something on the way is not a mapping.
        """
        data = dict(
            self.data
        )  # what lies beside the path is shared: a document is never changed in place
        place: dict[Any, Any] = data
        for key in path[:-1]:
            below = place.get(key, {})
            if not isinstance(below, dict):
                raise KeyError(dotted(path[:-1]))
            place[key] = place = dict(below)
        before = place.get(path[-1])
        place[path[-1]] = copy.deepcopy(value)
        lines = self.lines
        if isinstance(before, dict | list):
            lines = {p: n for p, n in lines.items() if p[: len(path)] != path}
        return replace(self, data=data, lines={**lines, path: line})


def dotted(path: Path_) -> str:
    """`("search", "seeds", 1)` as `search.seeds[1]`."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else str(key)
    return text


def read(path: str | Path) -> Document:
    """Read a study file.

    Raises:
        StudyFileError: there is no such file, it is not text, or not YAML. Lesser faults are in
            `violations`.
    """
    return parse(_text(Path(path)), str(path))


def read_yaml_1_1(path: str | Path) -> Document:
    """Read a file that was written for a YAML 1.1 reader; of a key that appears twice the last counts.

    Numbers with an exponent and no dot (`1e-4`), which YAML 1.1 takes for text, stay numbers.

    Raises:
        StudyFileError: as `read`.
    """
    name = str(path)
    text = _text(Path(path))
    root = _root(text, name)
    builder = _OldBuilder(name)
    data = builder.build(root, ())
    violations, remarks = tuple(builder.violations), tuple(builder.remarks)
    return Document(name, data, builder.lines, text, violations, remarks)


def _text(path: Path) -> str:
    name = str(path)
    try:
        if path.is_dir():
            raise _error(
                name, 0, "is a folder; give the study file itself, e.g. " + str(path / "study.yaml")
            )
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = (
            "no such file"
            if isinstance(error, FileNotFoundError)
            else getattr(error, "strerror", None) or error
        )
        raise _error(name, 0, f"cannot be read: {reason}") from None
    if len(raw) > MAX_BYTES:
        raise _error(
            name, 0, f"is larger than {MAX_BYTES // 1000} kB; a study file is a page or two"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _error(
            name, line, f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        ) from None


def parse(text: str, name: str = "<text>") -> Document:
    """Read YAML text; `name` is what messages call it.

    Raises:
        StudyFileError: as `read`.
    """
    root = _root(text, name)
    builder = _Builder(name)
    data = builder.build(root, ())
    return Document(name, data, builder.lines, text, tuple(builder.violations))


def _root(text: str, name: str) -> yaml.MappingNode:
    try:
        _check_shape(text, name)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise _error(name, *_syntax(error, text)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _error(
            name, line, f"character U+{ord(_char(error)):04X} is not allowed in YAML; remove it"
        ) from None
    if root is None:
        raise _error(
            name, 0, "is empty; a study file needs at least trainer, metric and parameters"
        )
    if not isinstance(root, yaml.MappingNode):
        raise _error(
            name, _line(root), "holds no `key: value` lines; a study file is a mapping of keys"
        )
    return root


def scalar(text: str) -> Any:
    """The value of `--set key=TEXT`: what TEXT would be behind `key:` in a file, lists and mappings
    included.

    Raises:
        StudyFileError: it is not YAML.
    """
    builder = _Builder("--set")
    if len(text) > MAX_BYTES:
        raise _error(
            "--set", 0, f"a value of {len(text)} characters is too long; put it into the study file"
        )
    try:
        _check_shape(text, "--set")
        node = yaml.compose(text, Loader=_Loader)
    except (
        yaml.YAMLError,
        UnicodeError,
    ):  # UnicodeError: a byte of the command line that was no UTF-8
        raise _error("--set", 0, f"{text[:60]!r} is not a YAML value") from None
    value = None if node is None else builder.build(node, ())
    if builder.violations:
        raise StudyFileError("--set", builder.violations)
    return value


class _Dumper(yaml.SafeDumper):
    """Puts quotes around text that `_Loader` or another YAML reader would take for something else."""


for _first_characters, _resolvers in _Loader.yaml_implicit_resolvers.items():
    for _tag, _regexp in _resolvers:
        _Dumper.add_implicit_resolver(_tag, _regexp, [_first_characters])


def dump(data: Mapping[str, Any]) -> str:
    """A document as YAML, in the order of its keys; `parse` reads the same data from it."""
    return yaml.dump(
        data,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=100,
    )


def _line(found: yaml.Node | yaml.Event) -> int:
    return found.start_mark.line + 1 if found.start_mark else 0


def _error(name: str, line: int, problem: str, allowed: str = "") -> StudyFileError:
    return StudyFileError(name, [Violation(line, "", problem, allowed)])


def _char(error: yaml.reader.ReaderError) -> str:
    return error.character if isinstance(error.character, str) else chr(error.character)


def _syntax(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str, str]:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 0
    column = f" (column {mark.column + 1})" if mark else ""
    context = f" {error.context}" if error.context else ""
    here = text.split("\n")[line - 1] if mark and line <= text.count("\n") + 1 else ""
    hint = "indent with spaces, never with tabs" if "\t" in here else ""
    if "mapping values are not allowed" in str(error.problem):
        hint = "put quotes around text that holds `: `, and give each key a line of its own"
    return line, f"is not YAML: {error.problem}{context}{column}", hint


def _check_shape(text: str, name: str) -> None:
    """Refuse deep nesting, endless lists and further documents from the event stream, before anything is built."""
    depth = documents = nodes = 0
    for event in yaml.parse(text, Loader=_Loader):
        nodes += isinstance(event, yaml.NodeEvent)
        if nodes > MAX_NODES:
            problem = f"holds over {MAX_NODES} keys and values; a study file is a page or two"
            raise _error(name, _line(event), problem)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _error(name, _line(event), "a second document begins here; one study a file")
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _error(name, _line(event), f"is nested more than {MAX_DEPTH} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Builder:
    """Turns nodes into values, noting lines and collecting what is wrong."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Path_, int] = {}
        self.violations: list[Violation] = []
        self._nodes = self._depth = 0

    def build(self, node: yaml.Node, path: Path_) -> Any:
        self._nodes += 1
        self._depth += 1
        # Only aliases lead to either: the shape was checked before they were followed.
        if self._depth > MAX_DEPTH:
            raise _error(
                self.name,
                _line(node),
                "an alias holds itself, or holds too much; write the values out",
            )
        if self._nodes > MAX_NODES:
            raise _error(
                self.name,
                _line(node),
                f"aliases stand for over {MAX_NODES} values; write the values out",
            )
        value = self._value(node, path)
        self._depth -= 1
        return value

    def _value(self, node: yaml.Node, path: Path_) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self._tag(node, path, "seq")
            return [self._item(child, (*path, i)) for i, child in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        raise TypeError(f"PyYAML composed an unknown node: {type(node).__name__}")

    def _item(self, node: yaml.Node, path: Path_) -> Any:
        self.lines[path] = _line(node)
        return self.build(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        self._tag(node, path, "map")
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = _line(key_node)
            if key_node.tag == _TAG + "merge":
                merged = {**self._merge(value_node, path, line), **merged}
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self._violate(line, path, "a key must be a word, not a list or a mapping")
                continue
            key = key_node.value
            if key in own and not self._replaces((*path, key), line, first[key]):
                continue
            first[key] = line
            self.lines[*path, key] = line
            own[key] = self.build(value_node, (*path, key))
        return {**merged, **own}

    def _replaces(self, path: Path_, line: int, first: int) -> bool:
        """Whether a key that is there already is taken from its second place."""
        self._violate(line, path, f"appears twice; it is already in line {first}", "keep one")
        return False

    def _merge(self, node: yaml.Node, path: Path_, line: int) -> dict[str, Any]:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for source in reversed(sources):  # the first of a list wins
            if not isinstance(source, yaml.MappingNode):
                self._violate(
                    line,
                    (*path, "<<"),
                    "merges something that is not a mapping",
                    "an alias of a mapping",
                )
                continue
            merged |= self.build(source, path)
        return merged

    def _scalar(self, node: yaml.ScalarNode, path: Path_) -> Any:
        kind, text = node.tag.removeprefix(_TAG), node.value
        if kind in ("str", "merge"):
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind in ("int", "float"):
            number = _number(kind, text)
            if number is None:
                line = _line(node)
                self._violate(
                    line,
                    path,
                    f"{text[:40]} is not a finite 64-bit number",
                    "a number a trainer can use",
                )
            return number
        self._tag(node, path, "str")
        return text

    def _tag(self, node: yaml.Node, path: Path_, plain: str) -> None:
        if node.tag != _TAG + plain:
            tag = node.tag.replace(_TAG, "!!")
            self._violate(
                _line(node), path, f"the tag {tag} is not allowed", "plain values without tags"
            )

    def _violate(self, line: int, path: Path_, problem: str, allowed: str = "") -> None:
        self.violations.append(Violation(line, dotted(path), problem, allowed))


class _OldBuilder(_Builder):
    """Gives plain scalars the meaning that PyYAML's `safe_load` gives them, and says where it differs."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.remarks: list[tuple[Path_, str]] = []

    def _replaces(self, path: Path_, line: int, first: int) -> bool:
        self.remarks.append((path, f"appears twice, in lines {first} and {line}; the last counts"))
        return True

    def _scalar(self, node: yaml.ScalarNode, path: Path_) -> Any:
        text, quoted = node.value, node.style in ("'", '"', "|", ">")
        if quoted and node.tag == _TAG + "str":
            return text
        plain_tag: Any = _Loader("").resolve(yaml.ScalarNode, text, (True, False))
        if quoted or node.tag != plain_tag:  # `!!float 1e-5` says its type
            return self._tagged(node, path)
        before = len(self.violations)
        new = super()._scalar(node, path)
        tag = _PLAIN_1_1.resolve(yaml.ScalarNode, text, (True, False))
        if tag not in _CONSTRUCTED or (tag == _TAG + "str" and _EXPONENT.fullmatch(text)):
            return new  # dates stay text; 1e-4 stays a number
        old = _CONSTRUCTED[tag](_PLAIN_1_1, yaml.ScalarNode(tag, text))
        if isinstance(old, float) and not math.isfinite(old):
            return new
        del self.violations[before:]
        if type(old) is not type(new) or old != new:
            self.remarks.append((path, f"{text} means {json.dumps(old)}, as in YAML 1.1"))
        return old

    def _tagged(self, node: yaml.ScalarNode, path: Path_) -> Any:
        if node.tag not in _CONSTRUCTED:
            return super()._scalar(node, path)
        try:
            return _CONSTRUCTED[node.tag](_PLAIN_1_1, node)
        except (ValueError, KeyError):
            return super()._scalar(node, path)


_PLAIN_1_1: Any = yaml.SafeLoader("")
_EXPONENT = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+")
_CONSTRUCTED: Mapping[str, Any] = {
    _TAG + "bool": yaml.SafeLoader.construct_yaml_bool,
    _TAG + "int": yaml.SafeLoader.construct_yaml_int,
    _TAG + "float": yaml.SafeLoader.construct_yaml_float,
    _TAG + "str": yaml.SafeLoader.construct_yaml_str,
}


def _number(kind: str, text: str) -> int | float | None:
    """The number in `text`; None when it is not finite, not a number, or does not fit 64 bits."""
    plain = text.replace("_", "")
    try:
        if kind == "int":
            base = 8 if plain.startswith("0o") else 16 if plain.startswith("0x") else 10
            whole = int(plain, base)
            return whole if -_INT64 <= whole < _INT64 else None
        value = float(plain)
    except ValueError:  # `.inf`, `.nan`, a tag on a word, thousands of digits
        return None
    return value if math.isfinite(value) else None
