"""`tests/sweep` mirrors `sweep`: who opens a module finds its tests at the same place.

`sweep/a/b.py` is tested in `tests/sweep/a/test_b.py`. A package whose `__init__` holds code, or
whose modules all keep one promise, is tested in `tests/sweep/a/test_a.py`. A module's tests may go
on in `test_b_aspect.py`.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE, TESTS = ROOT / "sweep", ROOT / "tests" / "sweep"

# Tests of what several modules do together.
ACROSS = {
    "ablation/test_tasks_run.py": (
        "a study whose arms are trained on several tasks, from file to table"
    ),
    "engine/test_examples.py": "the files that people copy for SLURM and Kubernetes",
    "engine/test_kubernetes.py": (
        "the file for Kubernetes against what KubeRay asks of it"
    ),
    "engine/test_slurm.py": "the script for many nodes against stand-ins for SLURM",
    "initial/test_command_lines.py": (
        "scripts with each library's command line, from init to a trial"
    ),
    "report/test_any_study.py": (
        "a report of whatever a study's numbers are, in every form"
    ),
    "report/test_real_readers.py": (
        "the written files in a browser, in LaTeX, in a PDF reader"
    ),
    "test_claims.py": (
        "what the table claims of whole studies whose results say less than they"
        " seem to"
    ),
    "test_edited.py": "a study whose file or trainer was edited between two sessions",
    "test_interrupted_groups.py": "signals to a whole process group",
    "test_interrupted.py": "a study that is interrupted and goes on",
    "test_in_a_notebook.py": (
        "a study from a function in a notebook's cell to its table"
    ),
    "test_results_page.py": "the page on what lies where in the results",
}


def has_code(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.FunctionDef | ast.ClassDef) for node in ast.walk(tree)
    )


def place_of(module):
    """Where a module's tests lie, relative to `tests/sweep`; both paths are relative."""
    if module.name == "__init__.py":
        return module.parent / f"test_{module.parent.name or 'sweep'}.py"
    return module.parent / f"test_{module.name}"


MODULES = [
    path.relative_to(PACKAGE)
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.name != "__init__.py" or has_code(path)
]
TEST_FILES = [path.relative_to(TESTS) for path in sorted(TESTS.rglob("test_*.py"))]


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_every_module_has_its_tests_at_the_mirrored_place(module):
    assert (TESTS / place_of(module)).is_file()


def counterparts(test_file):
    """Modules that a test file may belong to: `test_b_aspect.py` to `b_aspect.py` and `b.py`."""
    folder, words = test_file.parent, test_file.stem.removeprefix("test_").split("_")
    names = {"_".join(words[:count]) for count in range(1, len(words) + 1)}
    found = [folder / f"{name}.py" for name in names]
    if (folder.name or "sweep") in names:
        found.append(folder / "__init__.py")
    return [module for module in found if (PACKAGE / module).is_file()]


@pytest.mark.parametrize("test_file", TEST_FILES, ids=str)
def test_every_test_file_tests_a_module_that_is_there(test_file):
    assert counterparts(test_file) or str(test_file) in ACROSS


def test_the_exceptions_are_still_needed():
    assert [name for name in ACROSS if not (TESTS / name).is_file()] == []
