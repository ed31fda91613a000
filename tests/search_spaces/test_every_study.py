"""Every shipped study file is sound, in each of its profiles, and plans to the trials
its arms and seeds ask for."""

from pathlib import Path

import pytest
import yaml

from sweep import spec, study_file
from sweep.commands import power_view
from sweep.session import plan

FILES = sorted((Path(__file__).parents[2] / "search_spaces").glob("*.yaml"))
CASES = [
    pytest.param(path, profile, id=f"{path.stem}-{profile or 'default'}")
    for path in FILES
    for profile in [
        None,
        *yaml.safe_load(path.read_text(encoding="utf-8")).get("profiles", {}),
    ]
]


@pytest.mark.parametrize("path, profile", CASES)
def test_it_loads_and_plans(path, profile):
    loaded = spec.load(path, profile=profile)
    planned = plan.plan(loaded)
    assert planned.trials > 0
    if loaded.ablation is not None:
        assert planned.arms[0].design == "baseline"
        assert planned.ablation_trials >= len(loaded.ablation.seeds)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_its_paired_tests_have_enough_seeds_to_conclude_anything(path):
    """Eight: they find changes of one to two standard deviations, whatever the number of arms."""
    loaded = spec.load(path)
    if loaded.ablation is not None:
        assert len(loaded.ablation.seeds) >= 8
        assert not power_view.is_hopeless(loaded, plan.plan(loaded))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_its_first_lines_say_what_it_asks_and_how_to_run_it(path):
    comment = [
        line
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("#")
    ]
    assert any(f"sweep run search_spaces/{path.name}" in line for line in comment)


@pytest.mark.parametrize("name", ["focal", "focal.yaml", "search_spaces/focal.yaml"])
def test_a_shipped_study_is_found_from_anywhere(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert (
        study_file.find(name).read_text(encoding="utf-8").startswith("# Does a focal")
    )


def test_a_file_that_is_not_there_is_not_replaced_by_a_shipped_one(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert study_file.find("elsewhere/focal.yaml") == Path("elsewhere/focal.yaml")
