"""RESULTS.md: what was measured, on what, when; each part is replaced when it is measured again."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import re
from pathlib import Path

from tests.torture import table
from tests.torture.torture import Books

FILE = Path(__file__).with_name("RESULTS.md")
_HEAD = (
    "# What the torture measured\n\nWritten by the commands named below, see"
    " `README.md` beside this file.\n"
)
_VERSIONS = ("ray", "optuna", "torch", "pandas")


def record(books: Books, command: str) -> Path:
    """Write the figures of the torture that `command` was."""
    lines = [
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in table.rows(books)),
    ]
    return write("The tool", command, "\n".join(lines))


def write(title: str, command: str, text: str) -> Path:
    """Replace the part of that title, or add it."""
    there = FILE.read_text(encoding="utf-8") if FILE.exists() else _HEAD
    part = f"\n## {title}\n\n`{command}`\n\n{text}\n\n{surroundings()}\n"
    kept = re.sub(
        rf"\n## {re.escape(title)}\n.*?(?=\n## |\Z)", "", there, flags=re.DOTALL
    )
    FILE.write_text(kept.rstrip("\n") + "\n" + part, encoding="utf-8")
    return FILE


def surroundings() -> str:
    """Machine, date and versions."""
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in _VERSIONS
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {os.cpu_count()} CPUs,"
        f" {memory:.0f} GiB, {platform.system()} {platform.release().split('-')[0]},"
        f" Python {platform.python_version()}, {versions}."
    )
