"""Read a YAML file as YAML 1.1, for files that were written for a reader of that version.

PyYAML, which W&B uses, is such a reader: there `yes` is true and `010` is eight.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sweep.document import Document, KeyPath
from sweep.yaml_file import root_of, text_of
from sweep.yaml_values import TAG, Builder, Loader


def read(path: str | Path) -> Document:
    """Read a file that was written for a YAML 1.1 reader.

    If a key appears twice, the last value counts. YAML 1.1 takes numbers with an exponent and no
    dot (`1e-4`) for text; here they are numbers.

    Raises:
        StudyFileError: as `sweep.yaml_file.read`.
    """
    name = str(path)
    text = text_of(Path(path))
    root = root_of(text, name)
    builder = _Builder(name)
    data = builder.build(root, ())
    violations, remarks = tuple(builder.violations), tuple(builder.remarks)
    return Document(name, data, builder.lines, text, violations, remarks)


class _Builder(Builder):
    """Gives plain scalars the values of PyYAML's `safe_load`, and remarks where they differ."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.remarks: list[tuple[KeyPath, str]] = []

    def _replaces(self, path: KeyPath, line: int, first: int) -> bool:
        """Note a key that appears twice; the last one counts."""
        self.remarks.append(
            (path, f"appears twice, in lines {first} and {line}; the last counts")
        )
        return True

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        """The value of a scalar by YAML 1.1, noted if 1.2 reads another one."""
        text, quoted = node.value, node.style in ("'", '"', "|", ">")
        if quoted and node.tag == TAG + "str":
            return text
        plain_tag: Any = Loader("").resolve(yaml.ScalarNode, text, (True, False))
        if quoted or node.tag != plain_tag:  # `!!float 1e-5` names its type
            return self._tagged(node, path)
        before = len(self.violations)
        new = super()._scalar(node, path)
        tag = _PLAIN_1_1.resolve(yaml.ScalarNode, text, (True, False))
        if tag not in _CONSTRUCTED:
            return new  # a date stays text
        if tag == TAG + "str" and _EXPONENT.fullmatch(text):
            return new  # 1e-4 stays a number
        old = _CONSTRUCTED[tag](_PLAIN_1_1, yaml.ScalarNode(tag, text))
        if isinstance(old, float) and not math.isfinite(old):
            return new
        del self.violations[before:]
        if type(old) is not type(new) or old != new:
            self.remarks.append(
                (path, f"{text} means {json.dumps(old)}, as in YAML 1.1")
            )
        return old

    def _tagged(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        """The value of a scalar with a tag of YAML 1.1, such as `!!timestamp`."""
        if node.tag not in _CONSTRUCTED:
            return super()._scalar(node, path)
        try:
            return _CONSTRUCTED[node.tag](_PLAIN_1_1, node)
        except (ValueError, KeyError):
            return super()._scalar(node, path)


_PLAIN_1_1: Any = yaml.SafeLoader("")
_EXPONENT = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+")
_CONSTRUCTED: Mapping[str, Any] = {
    TAG + "bool": yaml.SafeLoader.construct_yaml_bool,
    TAG + "int": yaml.SafeLoader.construct_yaml_int,
    TAG + "float": yaml.SafeLoader.construct_yaml_float,
    TAG + "str": yaml.SafeLoader.construct_yaml_str,
}
