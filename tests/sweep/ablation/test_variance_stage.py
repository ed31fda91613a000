"""Runs of the baseline whose seeds are drawn apart: which there are, and what a trainer
is given."""

import pytest

from sweep.ablation import variance_stage
from sweep.session import plan
from tests.sweep import small

TRAINER = """
def train(config, run):
    seeds = run.seeds
    split, init = seeds.get("split", run.seed), seeds.get("init", run.seed)
    noise = split / 1e5 + init / 1e6 + run.seed / 1e7
    run.report(0, {"val/f1": 0.5 + noise, "test/f1": 0.5 + noise})
"""
ASKED = "  seeds: [0, 1]\n", "  seeds: [0, 1]\n  variance: {levels: 3}\n"


@pytest.fixture
def studied(tmp_path, monkeypatch):
    """`studied(*changes)`: the small study, its baseline trained on a square of seeds, run."""
    monkeypatch.chdir(tmp_path)

    def studied(*changes):
        (tmp_path / "own.py").write_text(TRAINER)
        small.write(tmp_path, ASKED, ("search: {method: grid}\n", ""), *changes)
        return small.run().history

    return studied


def test_the_baseline_is_trained_with_each_pair_of_levels_once(studied):
    runs = studied().stage("variance")
    assert len(runs) == 9
    drawn = [trial.attributes["seeds"] for trial in runs]
    for first, second in (("split", "init"), ("split", "order"), ("init", "order")):
        assert len({(seeds[first], seeds[second]) for seeds in drawn}) == 9
    assert {trial.config["learning_rate"] for trial in runs} == {0.1}


def test_a_trainer_is_given_the_seeds_by_name(studied):
    for trial in studied().stage("variance"):
        seeds = trial.attributes["seeds"]
        noise = seeds["split"] / 1e5 + seeds["init"] / 1e6 + trial.seed / 1e7
        assert trial.reports[0].metrics["val/f1"] == pytest.approx(
            0.5 + noise, abs=1e-9
        )


def test_the_runs_of_the_arms_are_as_without(studied):
    history = studied()
    assert all("seeds" not in trial.attributes for trial in history.stage("ablation"))
    assert {trial.seed for trial in history.stage("ablation")} == {0, 1}


def test_a_source_that_is_not_asked_about_is_held(studied):
    runs = studied(("{levels: 3}", "{levels: 3, sources: [init, order]}")).stage(
        "variance"
    )
    assert len({trial.attributes["seeds"]["split"] for trial in runs}) == 1
    assert len({trial.attributes["seeds"]["init"] for trial in runs}) == 3


def test_a_plan_counts_them(studied):
    history = studied()
    planned = plan.plan(history.spec)
    assert planned.variance_trials == 9
    assert planned.trials == len(history.trials)


def test_a_study_that_does_not_ask_has_none(studied):
    history = studied((ASKED[1], ASKED[0]))
    assert variance_stage.squares(history.spec) == []
    assert history.stage("variance") == []
