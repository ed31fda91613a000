"""The README does not drift: its study file loads, its commands exist, its table is the reference report's."""

import re
import subprocess
from pathlib import Path

import pytest
import typer

from sweep import cli, errors, spec

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title):
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_its_study_file_is_sound(tmp_path):
    (text,) = re.findall(r"```yaml\n(.*?)```", section("A study file"), re.DOTALL)
    path = tmp_path / "readme.yaml"
    path.write_text(text, encoding="utf-8")
    assert spec.load(path).ablation is not None
    assert spec.load(path, profile="full")


def test_its_list_of_mistakes_is_what_check_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = re.search(r"\$ sweep check bad\.yaml\n(.*?)```", README, re.DOTALL)[1].strip()
    Path("bad.yaml").write_text(
        """trainer: clip
metric: {name: val/balanced_accuracy, goal: maximize}
parameters:
  epochs: 15
  epochs: 20
  loss_type: {values: [standard, weighted, focal]}
  focal_gamma: {min: 4.0, max: 0.5, when: {loss: focal}}
  learning_rate: {distribution: log_uniform_values, min: 5e-4, max: 5e-3, roll: nuisance}
search: {method: tpe, trials: twenty}
""",
        encoding="utf-8",
    )
    with pytest.raises(errors.StudyFileError) as found:
        spec.load("bad.yaml")
    assert str(found.value).strip() == shown


def test_it_lists_every_command():
    there = set(typer.main.get_command(cli.app).commands)
    assert set(re.findall(r"^\| `sweep (\w+)", section("Commands"), re.MULTILINE)) == there


def test_it_lists_every_shipped_study():
    shipped = {path.name for path in (ROOT / "search_spaces").glob("*.yaml")}
    assert set(re.findall(r"`(\w+\.yaml)`", section("Shipped studies"))) == shipped


def test_its_table_is_the_reference_reports():
    report = (ROOT / "results" / "reference" / "report.md").read_text(encoding="utf-8").splitlines()
    first_screen = README.partition("## What happens")[0]
    rows = [line for line in first_screen.splitlines() if line.startswith("| ")]
    assert len(rows) >= 5
    assert [row for row in rows if row not in report] == []


def test_its_figures_on_kills_are_those_that_were_measured():
    measured = (ROOT / "tests" / "torture" / "RESULTS.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in section("Nothing is lost").splitlines() if line.startswith("|")]
    assert len(rows) >= 6
    assert [row for row in rows if row not in measured] == []


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
    assert found.strip().endswith("pytest -n 2 --dist loadfile --no-loadscope-reorder")
    assert script in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
