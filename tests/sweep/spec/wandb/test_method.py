"""`method` and `run_cap` of a W&B sweep file."""

import pytest

from sweep.spec.wandb.method import METHODS

FILE = """
program: train.py
method: {method}
metric: {{name: val_loss, goal: minimize}}
parameters: {{x: {{values: [1, 2]}}, y: {{value: 3}}}}
"""


@pytest.mark.parametrize("method", METHODS)
def test_each_method_has_its_counterpart(load, method):
    study = load(FILE.format(method=method) + "run_cap: 2\n", "train.py")
    assert (study.search.method, study.search.trials) == (METHODS[method], 2)


def test_a_search_without_a_cap_ends_after_fifty_trials_and_that_is_noted(load):
    study = load(FILE.format(method="random"), "train.py")
    assert study.search.trials == 50
    assert any("--set run_cap=N" in note for note in study.notes)


def test_a_grid_without_a_cap_is_the_whole_grid(load):
    assert load(FILE.format(method="grid"), "train.py").search.trials == 2


@pytest.mark.parametrize("method, runs", [("random", 3), ("grid", 1)])
def test_without_searched_parameters_run_cap_is_the_number_of_seeds(load, method, runs):
    text = FILE.format(method=method).replace("{values: [1, 2]}", "{value: 1}")
    study = load(text + "run_cap: 3\n", "train.py")
    assert study.search is None
    assert study.ablation.seeds == tuple(range(runs))
