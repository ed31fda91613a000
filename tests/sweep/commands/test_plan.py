"""`sweep plan`: a dry run that trains at most a probe."""

from pathlib import Path

from tests.sweep.commands.invoking import sweep


def test_it_counts_trials_and_names_the_smallest_detectable_effect(study_file):
    code, printed = sweep("plan", "tiny.yaml")
    assert code == 0
    assert "10 trials" in printed
    assert "standard deviations" in printed
    assert "measured here" in printed
    assert not Path("results").exists()


def test_without_a_probe_no_time_is_estimated(study_file):
    code, printed = sweep("plan", "tiny.yaml", "--no-probe")
    assert code == 0
    assert "measured here" not in printed


def test_a_profile_is_planned_as_it_would_run(study_file):
    _, printed = sweep("plan", "tiny.yaml", "--no-probe", "--profile", "quick")
    assert "8 trials" in printed
