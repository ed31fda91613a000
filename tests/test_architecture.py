"""The architecture, enforced. `[tool.importlinter]` in `pyproject.toml` says which
layer may import which."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST = 400  # lines; past it, ask what else lives in the file


def test_every_import_points_to_a_lower_layer():
    linter = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as c; c()",
    ]
    answer = subprocess.run(
        [*linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert " 0 broken" in answer.stdout


@pytest.mark.parametrize("package", ["sweep", "trainers"])
def test_no_file_is_longer_than_a_person_reads_in_one_sitting(package):
    lengths = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n")
        for path in (ROOT / package).rglob("*.py")
    }
    too_long = {path: length for path, length in lengths.items() if length > LONGEST}
    assert too_long == {}
