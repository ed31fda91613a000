"""The README does not drift: its study file loads, its commands exist, its table is the
reference report's."""

import re
import subprocess
from pathlib import Path

from sweep import spec

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title):
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_its_study_file_is_sound(tmp_path):
    (text,) = re.findall(r"```yaml\n(.*?)```", section("Your own trainer"), re.DOTALL)
    (function,) = re.findall(
        r"```python\n(.*?)```", section("Your own trainer"), re.DOTALL
    )
    (tmp_path / "train.py").write_text(function, encoding="utf-8")
    path = tmp_path / "readme.yaml"
    path.write_text(text, encoding="utf-8")
    assert spec.load(path).ablation is not None


def test_it_can_be_read_in_one_sitting():
    assert len(README.splitlines()) <= 150


def test_every_shipped_study_is_listed():
    page = (ROOT / "search_spaces" / "README.md").read_text(encoding="utf-8")
    shipped = {path.name for path in (ROOT / "search_spaces").glob("*.yaml")}
    assert set(re.findall(r"^\| `(\w+\.yaml)`", page, re.MULTILINE)) == shipped


def test_its_table_is_the_reference_reports():
    report = (
        (ROOT / "results" / "reference" / "report.md")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    first_screen = README.partition("## Your own trainer")[0]
    rows = [line for line in first_screen.splitlines() if line.startswith("| ")]
    assert len(rows) >= 5
    assert [row for row in rows if row not in report] == []


def test_the_figures_on_kills_are_those_that_were_measured():
    page = (ROOT / "docs" / "pages" / "explanation" / "durability.md").read_text(
        encoding="utf-8"
    )
    measured = (
        (ROOT / "tests" / "torture" / "RESULTS.md")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    rows = [
        line
        for line in page.partition("## Measured")[2].splitlines()
        if line.startswith("|")
    ]
    assert len(rows) >= 6
    assert [row for row in rows if row not in measured] == []


def test_its_links_are_there():
    linked = re.findall(r"\]\(([^)#]+)\)", README)
    assert linked
    assert [name for name in linked if not (ROOT / name).exists()] == []


def test_its_pictures_are_there():
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)
    assert pictures
    assert [name for name in pictures if not (ROOT / name).is_file()] == []


def test_ci_calls_its_test_command():
    script = r"sed -n '/<!-- the test command -->/,/^```$/p' README.md | sed '1,2d;$d'"
    found = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert found.strip().startswith("python3 -m venv")
    assert found.strip().endswith("pytest -n 3 --dist loadfile --no-loadscope-reorder")
    assert script in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_ci_checks_what_the_test_command_leaves_out():
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "\n.ci/backbones\n" in run
