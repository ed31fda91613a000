"""Build values from YAML nodes, note the line of each key, and collect violations.

The scalars are those of YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema):
`1e-4` is a number, `no` and `on` are text, only `true` and `false` are booleans. Keys are always
text. In addition to the schema, `1_000` is a number. Duplicate keys are violations. The expansion
of aliases is limited.
"""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

from sweep.document import KeyPath, dotted
from sweep.errors import StudyFileError, Violation

MAX_DEPTH = 50
MAX_NODES = 10_000  # keys and values, after aliases are expanded
TAG = "tag:yaml.org,2002:"  # prefix of the name of a type
_INT64 = 2**63
_BASES = {"0o": 8, "0x": 16}  # prefix of an integer → its base

# libyaml, if PyYAML was built with it: 10 times faster.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Loader(_Base):  # type: ignore[misc]
    """`SafeLoader` with the scalars of YAML 1.2 instead of 1.1."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own protocol


for _name, _pattern, _first in (
    ("null", r"null|Null|NULL|~|", ["n", "N", "~", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    (
        "int",
        r"[-+]?(?:[0-9]+|[0-9]{1,3}(?:_[0-9]{3})+)|0o[0-7]+|0x[0-9a-fA-F]+",
        list("-+0123456789"),
    ),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?",
        list("-+.0123456789"),
    ),
    ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", list("-+.")),
    ("merge", r"<<", ["<"]),
):
    Loader.add_implicit_resolver(TAG + _name, re.compile(rf"^(?:{_pattern})$"), _first)


class Builder:
    """Turns nodes into values; notes lines and collects violations."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[KeyPath, int] = {}
        self.violations: list[Violation] = []
        self._nodes = self._depth = 0

    def build(self, node: yaml.Node, path: KeyPath) -> Any:
        """The value of the node at `path`.

        Raises:
            StudyFileError: an alias contains itself, or aliases expand to too many values.
        """
        self._nodes += 1
        self._depth += 1
        # Only aliases exceed these: the shape was checked before they are expanded.
        if self._depth > MAX_DEPTH:
            raise refused(
                self.name,
                line_of(node),
                "an alias contains itself or too many values; write the values out",
            )
        if self._nodes > MAX_NODES:
            raise refused(
                self.name,
                line_of(node),
                f"aliases expand to over {MAX_NODES} values; write the values out",
            )
        value = self._value(node, path)
        self._depth -= 1
        return value

    def _value(self, node: yaml.Node, path: KeyPath) -> Any:
        """The value of a node."""
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self._tag(node, path, "seq")
            return [self._item(child, (*path, i)) for i, child in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        raise TypeError(f"PyYAML composed an unknown node: {type(node).__name__}")

    def _item(self, node: yaml.Node, path: KeyPath) -> Any:
        """The value of an item of a list, whose line is noted."""
        self.lines[path] = line_of(node)
        return self.build(node, path)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        """The value of a mapping; its own keys replace merged ones."""
        self._tag(node, path, "map")
        merged: dict[str, Any] = {}
        values: dict[str, Any] = {}
        first_lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = line_of(key_node)
            if key_node.tag == TAG + "merge":
                merged = {**self._merge(value_node, path, line), **merged}
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self._violate(
                    line, path, "a key must be a word, not a list or a mapping"
                )
                continue
            key = key_node.value
            key_path = (*path, key)
            if key in values and not self._replaces(key_path, line, first_lines[key]):
                continue
            first_lines[key] = line
            self.lines[key_path] = line
            values[key] = self.build(value_node, key_path)
        return merged | values

    def _replaces(self, path: KeyPath, line: int, first: int) -> bool:
        """Whether the second value of a key that appears twice replaces the first."""
        self._violate(
            line, path, f"appears twice; it is already in line {first}", "keep one"
        )
        return False

    def _merge(self, node: yaml.Node, path: KeyPath, line: int) -> dict[str, Any]:
        """The keys that `<<` merges."""
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

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        """The value of a scalar by YAML 1.2."""
        kind, text = node.tag.removeprefix(TAG), node.value
        if kind in ("str", "merge"):
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind in ("int", "float"):
            number = _number(kind, text)
            if number is None:
                line = line_of(node)
                self._violate(
                    line,
                    path,
                    f"{text[:40]} is not a finite 64-bit number",
                    "a number a trainer can use",
                )
            return number
        self._tag(node, path, "str")
        return text

    def _tag(self, node: yaml.Node, path: KeyPath, plain: str) -> None:
        """Add a violation if a node has a tag."""
        if node.tag != TAG + plain:
            tag = node.tag.replace(TAG, "!!")
            self._violate(
                line_of(node),
                path,
                f"the tag {tag} is not allowed",
                "plain values without tags",
            )

    def _violate(
        self, line: int, path: KeyPath, problem: str, allowed: str = ""
    ) -> None:
        """Add a violation."""
        self.violations.append(Violation(line, dotted(path), problem, allowed))


def _number(kind: str, text: str) -> int | float | None:
    """The number in `text`; None when it is not finite, not a number, or does not fit 64 bits."""
    plain = text.replace("_", "")
    try:
        if kind == "int":
            whole = int(plain, _BASES.get(plain[:2], 10))
            return whole if -_INT64 <= whole < _INT64 else None
        value = float(plain)
    except ValueError:  # `.inf`, `.nan`, a tag on a word, thousands of digits
        return None
    return value if math.isfinite(value) else None


def line_of(part: yaml.Node | yaml.Event) -> int:
    """The first line of a node or event, from 1; 0 if it is not known."""
    return part.start_mark.line + 1 if part.start_mark else 0


def refused(name: str, line: int, problem: str, allowed: str = "") -> StudyFileError:
    """The error that refuses a whole file because of one line; 0: the fault has no line."""
    return StudyFileError(name, [Violation(line, "", problem, allowed)])
