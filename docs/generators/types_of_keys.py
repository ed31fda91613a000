"""The type of a key, in words, from its JSON schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
_NAMES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "nothing",
}
_BOUNDS = {
    "minimum": "≥",
    "exclusiveMinimum": ">",
    "maximum": "≤",
    "exclusiveMaximum": "<",
}


def in_words(schema: Schema) -> str:
    """`whole number ≥ 1`, `a list of text`, `Asha, or Median`; sections are links."""
    if "$ref" in schema:
        return link(schema["$ref"].rpartition("/")[2])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return " · ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema:
        return _any_of(schema["anyOf"])
    return _plain(schema)


def link(section: str) -> str:
    """A link to a section of the page."""
    return f"[{section}](#{section.lower()})"


def default_in_words(schema: Schema) -> str:
    """As one would type it; an em dash where there is none."""
    if "default" not in schema:
        return "—"
    value = schema["default"]
    if value is None or value in ("", {}, []):
        return "none"
    if isinstance(value, dict):
        return "see there"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, list):
        return "`[" + ", ".join(str(each) for each in value) + "]`"
    return f"`{value}`"


def _any_of(choices: list[Schema]) -> str:
    words: list[str] = []
    for choice in choices:
        said = in_words(choice)
        if said != "nothing" and said not in words:
            words.append(said)
    return ", or ".join(words)


def _plain(schema: Schema) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return ", ".join(_NAMES[each] for each in kind if each != "null")
    if kind == "array":
        return f"a list of {_of(schema.get('items'))}"
    if kind == "object":
        values = schema.get("additionalProperties")
        inner = _of(values) if isinstance(values, dict) else "anything"
        return f"name → {inner}"
    if kind is None:
        return "anything"
    bounds = [
        f"{sign} {schema[key]:g}" for key, sign in _BOUNDS.items() if key in schema
    ]
    return " ".join([_NAMES[kind], *bounds])


def _of(items: Schema | None) -> str:
    return in_words(items) if items else "anything"
