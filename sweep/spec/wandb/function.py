"""Run a function made for `wandb.agent(function=…)` as a command.

Such a function takes no argument and reads `wandb.config`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

# The function runs in a new process, like a script, but code under `if __name__` does not run.
_CALL = (
    "import runpy, sys; file, name = sys.argv[1:3]; sys.argv[:] = [file]; "
    "runpy.run_path(file)[name]()"
)
_AGENT = re.compile(r"wandb\.agent\((?:[^()]|\([^()]*\))*?function\s*=\s*(\w+)")
_MOST_FILES = 50


def takes_nothing(file: Path, name: str) -> bool:
    """Whether a function of a Python file can be called without arguments."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8", errors="replace"))
    except (OSError, SyntaxError, ValueError):
        return False
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            required = len(node.args.args) - len(node.args.defaults)
            return required <= 0 and not node.args.posonlyargs
    return False


def command(file: str, name: str) -> list[str]:
    """The command that calls the function."""
    return ["${interpreter}", "-c", _CALL, file, name]


def suggestion(folders: Iterable[Path]) -> str:
    """`--trainer train.py:main` for a function that a file in `folders` passes to `wandb.agent`."""
    for folder in folders:
        for file in sorted(folder.glob("*.py"))[:_MOST_FILES]:
            match = _AGENT.search(file.read_text(encoding="utf-8", errors="replace"))
            if match:
                return f"--trainer {file.name}:{match[1]}"
    return "--trainer file.py:function"
