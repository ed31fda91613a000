"""Read YAML together with the line of every key, and write data as YAML.

`sweep.yaml_values` says how scalars are read. Nesting, size and the expansion of aliases are
limited, so that every file is read or refused quickly. `sweep.yaml_1_1` reads files that were
written for YAML 1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sweep.document import Document
from sweep.errors import StudyFileError
from sweep.yaml_values import MAX_DEPTH, MAX_NODES, Builder, Loader, line_of, refused

MAX_BYTES = 1_000_000


def read(path: str | Path) -> Document:
    """Read a study file.

    Raises:
        StudyFileError: the file is missing, not text, or not YAML. Faults of single keys are in
            the document's `violations`.
    """
    return parse(text_of(Path(path)), str(path))


def text_of(path: Path) -> str:
    """The text of a file of at most `MAX_BYTES`.

    Raises:
        StudyFileError: as `read`.
    """
    name = str(path)
    try:
        if path.is_dir():
            raise refused(
                name,
                0,
                "is a folder; give the study file itself, e.g. "
                + str(path / "study.yaml"),
            )
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        if isinstance(error, FileNotFoundError):
            reason = "no such file"
        raise refused(name, 0, f"cannot be read: {reason}") from None
    if len(raw) > MAX_BYTES:
        raise refused(
            name,
            0,
            f"is larger than {MAX_BYTES // 1000} kB; study files have one or two pages",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise refused(
            name,
            line,
            f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8",
        ) from None


def parse(text: str, name: str = "<text>") -> Document:
    """Read YAML text; messages call it `name`.

    Raises:
        StudyFileError: as `read`.
    """
    root = root_of(text, name)
    builder = Builder(name)
    data = builder.build(root, ())
    return Document(name, data, builder.lines, text, tuple(builder.violations))


def root_of(text: str, name: str) -> yaml.MappingNode:
    """The root mapping of the text, as YAML nodes.

    Raises:
        StudyFileError: as `read`.
    """
    try:
        _check_shape(text, name)
        root = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        raise refused(name, *_syntax(error, text)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise refused(
            name,
            line,
            f"character U+{ord(_char(error)):04X} is not allowed in YAML; remove it",
        ) from None
    if root is None:
        raise refused(
            name,
            0,
            "is empty; a study file needs at least trainer, metric and parameters",
        )
    if not isinstance(root, yaml.MappingNode):
        raise refused(
            name,
            line_of(root),
            "holds no `key: value` lines; a study file is a mapping of keys",
        )
    return root


def scalar(text: str) -> Any:
    """The value of `--set key=TEXT`: TEXT is read as after `key:` in a file.

    Raises:
        StudyFileError: it is not YAML.
    """
    builder = Builder("--set")
    if len(text) > MAX_BYTES:
        raise refused(
            "--set",
            0,
            f"a value of {len(text)} characters is too long; put it into the study file",
        )
    try:
        _check_shape(text, "--set")
        node = yaml.compose(text, Loader=Loader)
    except (yaml.YAMLError, UnicodeError):  # UnicodeError: a byte that is not UTF-8
        raise refused("--set", 0, f"{text[:60]!r} is not a YAML value") from None
    value = None if node is None else builder.build(node, ())
    if builder.violations:
        raise StudyFileError("--set", builder.violations)
    return value


class _Dumper(yaml.SafeDumper):
    """Quotes text that `Loader` or another YAML reader would not read as text."""


for _first_characters, _resolvers in Loader.yaml_implicit_resolvers.items():
    for _tag, _regexp in _resolvers:
        _Dumper.add_implicit_resolver(_tag, _regexp, [_first_characters])


def dump(data: Mapping[str, Any]) -> str:
    """A document as YAML, in the order of its keys; `parse` reads it back unchanged."""
    return yaml.dump(
        data,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=100,
    )


def _char(error: yaml.reader.ReaderError) -> str:
    return error.character if isinstance(error.character, str) else chr(error.character)


def _syntax(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str, str]:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 0
    column = f" (column {mark.column + 1})" if mark else ""
    context = f" {error.context}" if error.context else ""
    lines = text.split("\n")
    faulty_line = lines[line - 1] if mark and line <= len(lines) else ""
    hint = "indent with spaces, never with tabs" if "\t" in faulty_line else ""
    if "mapping values are not allowed" in str(error.problem):
        hint = "put quotes around text that holds `: `, and give each key a line of its own"
    return line, f"is not YAML: {error.problem}{context}{column}", hint


def _check_shape(text: str, name: str) -> None:
    """Refuse deep nesting, very long lists and further documents before any value is built."""
    depth = documents = nodes = 0
    for event in yaml.parse(text, Loader=Loader):
        nodes += isinstance(event, yaml.NodeEvent)
        if nodes > MAX_NODES:
            problem = (
                f"holds over {MAX_NODES} keys and values; study files have one "
                "or two pages"
            )
            raise refused(name, line_of(event), problem)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise refused(
                    name,
                    line_of(event),
                    "a second document begins here; one study a file",
                )
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise refused(
                    name, line_of(event), f"is nested more than {MAX_DEPTH} levels deep"
                )
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
