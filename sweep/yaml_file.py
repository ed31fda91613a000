"""A YAML file read as people mean it, remembering the line of every key; and data written as YAML.

What a scalar means is in `sweep.yaml_values`. Nesting, size and the expansion of aliases are
bounded, so that no file takes long to refuse. `sweep.yaml_1_1` reads what was written for a reader
of that version.
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
        StudyFileError: there is no such file, it is not text, or not YAML. Lesser faults are in
            `violations`.
    """
    return parse(text_of(Path(path)), str(path))


def text_of(path: Path) -> str:
    """The text of a file of at most `MAX_BYTES`; raises `StudyFileError` as `read`."""
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
        reason = (
            "no such file"
            if isinstance(error, FileNotFoundError)
            else getattr(error, "strerror", None) or error
        )
        raise refused(name, 0, f"cannot be read: {reason}") from None
    if len(raw) > MAX_BYTES:
        raise refused(
            name,
            0,
            f"is larger than {MAX_BYTES // 1000} kB; a study file is a page or two",
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
    """Read YAML text; `name` is what messages call it.

    Raises:
        StudyFileError: as `read`.
    """
    root = root_of(text, name)
    builder = Builder(name)
    data = builder.build(root, ())
    return Document(name, data, builder.lines, text, tuple(builder.violations))


def root_of(text: str, name: str) -> yaml.MappingNode:
    """The mapping that the text is, not yet as values; raises `StudyFileError` as `read`."""
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
    """The value of `--set key=TEXT`: what TEXT would be behind `key:` in a file, lists and mappings
    included.

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
    except (
        yaml.YAMLError,
        UnicodeError,
    ):  # UnicodeError: a byte of the command line that was no UTF-8
        raise refused("--set", 0, f"{text[:60]!r} is not a YAML value") from None
    value = None if node is None else builder.build(node, ())
    if builder.violations:
        raise StudyFileError("--set", builder.violations)
    return value


class _Dumper(yaml.SafeDumper):
    """Puts quotes around text that `Loader` or another YAML reader would take for
    something else.
    """


for _first_characters, _resolvers in Loader.yaml_implicit_resolvers.items():
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
    """Refuse deep nesting, endless lists and further documents from the event stream,
    before anything is built.
    """
    depth = documents = nodes = 0
    for event in yaml.parse(text, Loader=Loader):
        nodes += isinstance(event, yaml.NodeEvent)
        if nodes > MAX_NODES:
            problem = (
                f"holds over {MAX_NODES} keys and values; a study file is a page or two"
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
