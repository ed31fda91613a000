"""The architecture, enforced: a file imports only from lower floors, and only the engine knows Ray.

Every module of `sweep` names its floor in the first words of its docstring. A package that does so in its `__init__.py`
counts as one module, inside which files import each other freely (no import in a circle can be loaded anyway); of
another package every file says its own.
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


def said(path):
    """The floor that a file's docstring names, None if it names none."""
    found = re.match(r"Floor (\d+): ", ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
    return int(found[1]) if found else None


def module(path):
    """The floor-bearing name of a file: `report/table.py` belongs to `report`, `log/events.py` to itself."""
    parts = path.relative_to(ROOT / "sweep").with_suffix("").parts
    package = ROOT / "sweep" / parts[0] / "__init__.py"
    return parts[0] if package.exists() and said(package) is not None else "/".join(parts)


def floor(name):
    """What a module says of itself, None if it does not say."""
    package = ROOT / "sweep" / name / "__init__.py"
    return said(package if package.exists() else ROOT / "sweep" / f"{name}.py")


MODULES = sorted(name for name in {module(path) for path in files("sweep")} if not name.endswith("__init__"))
FLOOR = {name: floor(name) for name in MODULES}


def known(name):
    """The module that an absolute name of this package belongs to: `sweep.log.events.read` is of `log/events`."""
    parts = name.split(".")[1:]
    return next((n for n in ("/".join(parts[:2]), *parts[:1]) if name.startswith("sweep.") and n in FLOOR), None)


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
    found = {}
    for folders, floors in re.findall(r"^\| ((?:`\w+/`(?:, )?)*)\s*\| ([^|]*\d) \|", page, re.MULTILINE):
        for folder in re.findall(r"`(\w+/)`", folders) or [""]:
            if floors.isdecimal():
                found[folder.rstrip("/")] = int(floors)
            found |= {folder + name: int(number) for name, number in re.findall(r"`(\w+)` (\d+)", floors)}
    assert found == {name: number for name, number in FLOOR.items() if name != "__main__"}


def test_a_module_imports_only_from_lower_floors():
    wrong = [
        f"{path.relative_to(ROOT)} (floor {FLOOR[own]}) imports {part} (floor {FLOOR[part]})"
        for path in files("sweep")
        if (own := module(path)) in FLOOR
        for part in map(known, imported(path))
        if part and part != own and FLOOR[part] >= FLOOR[own]
    ]
    assert wrong == []


def test_a_package_of_several_floors_imports_nothing_by_itself():
    """Else a low floor of it could not be loaded without the high ones."""
    assert [module(p) for p in files("sweep") if module(p).endswith("/__init__") and list(imported(p))] == []


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
        ("sweep.log.history", ("ray", "torch", "pandas", "optuna")),
        ("sweep.commands.printing", ("ray", "torch", "pandas", "optuna")),
        ("sweep.cli", ("ray", "torch", "pandas", "optuna", "scipy")),
        ("sweep", ("ray", "torch", "pandas", "optuna")),
        ("sweep.trainer, trainers", ("torch",)),
        ("sweep.engine.trainable", ("torch", "optuna", "sweep.spec", "sweep.log.history")),
    ],
)
def test_what_answers_at_once_or_starts_in_every_worker_loads_nothing_heavy(names, never):
    script = f"import sys, {names}; print(*sorted({set(never)!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
