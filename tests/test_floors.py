"""The architecture, enforced: a file imports only from lower floors, and only the engine knows Ray.

Every module of `sweep` names its floor in the first words of its docstring; a package does so in its `__init__.py` and
counts as one module, inside which files import each other freely (no import in a circle can be loaded anyway).
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST = 400  # lines; past it, ask what else lives in the file


def files(package):
    return sorted((ROOT / package).rglob("*.py"))


def module(path):
    """The floor-bearing name of a file: `sweep/report/table.py` belongs to `report`."""
    return path.relative_to(ROOT / "sweep").parts[0].removesuffix(".py")


def floor(name):
    """What a module says of itself, None if it does not say."""
    package = ROOT / "sweep" / name / "__init__.py"
    path = package if package.exists() else ROOT / "sweep" / f"{name}.py"
    said = re.match(r"Floor (\d+): ", ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
    return int(said[1]) if said else None


MODULES = sorted({module(path) for path in files("sweep")} - {"__init__"})
FLOOR = {name: floor(name) for name in MODULES}


def imported(path):
    """Absolute names a file imports, at any depth of its code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_module_says_on_which_floor_it_stands():
    assert [name for name, number in FLOOR.items() if number is None] == []


def test_contributing_says_where_every_module_stands():
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+)(?:–(\d+))? \| (.*?) \|", page, re.MULTILINE)
    said = {name: (int(a), int(b or a)) for a, b, names in rows for name in re.findall(r"`(\w+)`", names)}
    assert said.keys() == FLOOR.keys() - {"__main__"}
    assert [name for name, (low, high) in said.items() if not low <= FLOOR[name] <= high] == []


def test_a_module_imports_only_from_lower_floors():
    wrong = []
    for path in files("sweep"):
        own = module(path)
        for name in imported(path):
            part = name.split(".")[1] if name.startswith("sweep.") else None
            if part in FLOOR and part != own and own in FLOOR and FLOOR[part] >= FLOOR[own]:
                wrong.append(f"{path.relative_to(ROOT)} (floor {FLOOR[own]}) imports {part} (floor {FLOOR[part]})")
    assert wrong == []


def test_only_the_engine_imports_ray():
    users = {module(path) for path in files("sweep") for name in imported(path) if name.split(".")[0] == "ray"}
    assert users == {"engine"}


def test_trainers_import_neither_sweep_nor_ray_nor_optuna():
    found = {(str(p.relative_to(ROOT)), n) for p in files("trainers") for n in imported(p)}
    assert {(path, name) for path, name in found if name.split(".")[0] in ("sweep", "ray", "optuna")} == set()


@pytest.mark.parametrize("package", ["sweep", "trainers"])
def test_no_file_is_longer_than_a_person_reads_in_one_sitting(package):
    lengths = {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8").count("\n") for p in files(package)}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


@pytest.mark.parametrize(
    "names, never",
    [
        ("sweep.report", ("ray", "torch")),
        ("sweep.history", ("ray", "torch", "pandas", "optuna")),
        ("sweep.printing", ("ray", "torch", "pandas", "optuna")),
        ("sweep.cli", ("ray", "torch", "pandas", "optuna", "scipy")),
        ("sweep", ("ray", "torch", "pandas", "optuna")),
        ("sweep.trainer, trainers", ("torch",)),
    ],
)
def test_reading_a_study_loads_neither_ray_nor_torch(names, never):
    script = f"import sys, {names}; print(*sorted({set(never)!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
