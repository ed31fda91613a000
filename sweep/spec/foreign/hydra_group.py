"""A sweep in a configuration group: `configs/hparams_search/mnist.yaml`.

Such a file is not the program's main configuration but an option, added by name:
`python train.py hparams_search=mnist`.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import yaml

_GLOBAL = re.compile(r"^#\s*@package\s+_global_\s*$", re.MULTILINE)
_YAML = (".yaml", ".yml")


def group_of(file: Path, text: str, script: Path) -> str | None:
    """The override that adds a file to a script's configuration: `group=option` or `+group=option`.

    None: the file is the script's main configuration, or in no group of it.

    Args:
        file: the configuration with the sweep.
        text: its content.
        script: the program with `@hydra.main(config_path=…, config_name=…)`.
    """
    if not _GLOBAL.search(text):
        return None
    main = _main(script)
    folder = (script.resolve().parent / str(main.get("config_path") or ".")).resolve()
    if not file.resolve().is_relative_to(folder):
        return None
    inside = file.resolve().relative_to(folder).with_suffix("")
    if len(inside.parts) < 2:
        return None
    group = inside.parent.as_posix()
    in_defaults = group in _groups(folder / str(main.get("config_name") or "config"))
    return f"{'' if in_defaults else '+'}{group}={inside.name}"


def _main(script: Path) -> dict[str, Any]:
    """The literal settings of `@hydra.main(…)`."""
    try:
        tree = ast.parse(script.read_text(encoding="utf-8", errors="replace"))
    except (OSError, SyntaxError):
        return {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "hydra.main",
            "main",
        ):
            values = {keyword.arg or "": keyword.value for keyword in node.keywords}
            return {
                key: value.value
                for key, value in values.items()
                if isinstance(value, ast.Constant)
            }
    return {}


def _groups(config: Path) -> set[str]:
    """The groups in the defaults list of a configuration."""
    path = config if config.suffix in _YAML else config.with_name(config.name + ".yaml")
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        return set()
    defaults = data.get("defaults") if isinstance(data, dict) else None
    groups: set[str] = set()
    for entry in defaults if isinstance(defaults, list) else []:
        for key in entry if isinstance(entry, dict) else ():
            groups.add(
                str(key).removeprefix("optional ").removeprefix("override ").strip("/ ")
            )
    return groups
