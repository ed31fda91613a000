"""The architecture, enforced: a file imports only from lower floors, and only the engine knows Ray."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FLOORS = [
    {"errors", "trial"},
    {"yaml_file", "parameters", "statistics", "trainer", "checkpoint"},
    {"spec", "log", "environment", "run"},
    {"designs", "history", "search", "prune", "report", "worker"},
    {"schedule", "ablation", "plan"},
    {"engine", "executor"},
    {"progress", "study"},
    {"cli", "__main__"},
]
FLOOR = {name: floor for floor, names in enumerate(FLOORS) for name in names}


def modules(package):
    return sorted((ROOT / package).rglob("*.py"))


def imported(path):
    """Absolute names a file imports, at any depth of its code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part(path):
    """The floor-bearing name of a file: `sweep/report/html.py` belongs to `report`."""
    relative = path.relative_to(ROOT / "sweep")
    return relative.parts[0].removesuffix(".py")
