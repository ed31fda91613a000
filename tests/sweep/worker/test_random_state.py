"""Random numbers of a trial: its own, or those of the seed that its module sets."""

# ruff: noqa: NPY002  (trainers may use NumPy's legacy generator)

import random

import numpy as np
import pytest
import torch

from sweep.worker.random_state import (
    Seeded,
    before_import,
    begin_afresh,
    kept_through,
    put_back,
    seeded_since,
)
from tests.sweep.worker.heard import messages


@pytest.fixture(autouse=True)
def as_before():
    """The generators of the test run are put back."""
    states = kept_through()
    yield
    put_back(states)


def draw():
    return [random.random(), float(np.random.rand()), float(torch.rand(1))]


def test_a_restored_random_state_gives_the_same_numbers():
    states = kept_through()
    drawn = draw()
    put_back(states)
    assert draw() == drawn


def test_a_generator_that_was_only_drawn_from_was_not_seeded():
    before = before_import()
    random.gauss(0, 1), np.random.standard_normal(5000), torch.rand(7)
    assert seeded_since(before) == Seeded()


@pytest.mark.parametrize(
    "seed, name",
    [(random.seed, "python"), (np.random.seed, "numpy"), (torch.manual_seed, "torch")],
)
def test_only_generators_that_were_seeded_are_recorded(seed, name):
    before = before_import()
    seed(20261130)  # no other test in this process has seeded a generator like this
    found = seeded_since(before)
    kinds = ("python", "numpy", "torch")
    assert [kind for kind in kinds if getattr(found, kind) is not None] == [name]


def test_a_trial_restores_seeded_generators_and_reseeds_the_others():
    before = before_import()
    random.seed(3)
    wanted = random.Random(3).random()
    seeded = seeded_since(before)
    drawn = []
    for _ in range(2):
        begin_afresh(seeded)
        drawn.append(draw())
    assert drawn[0][0] == drawn[1][0] == wanted
    assert drawn[0][1] != drawn[1][1]
    assert drawn[0][2] != drawn[1][2]


def test_random_numbers_and_names_are_another_trials_own(begin, tmp_path):
    for _ in range(3):
        assert messages(begin("draws"))[-1].kind == "end"
    drawn = [(tmp_path / f"trial{n}" / "drawn").read_text().split() for n in range(3)]
    for values in zip(*drawn, strict=True):
        assert len(set(values)) == 3


def test_a_seed_that_the_module_sets_reaches_every_trial(begin, tmp_path):
    own = tmp_path / "own.py"
    own.write_text("import random\nrandom.seed(3)\n" + own.read_text())
    for _ in range(2):
        assert messages(begin("sees_seed"))[-1].kind == "end"
    drawn = {(tmp_path / f"trial{n}" / "drawn").read_text() for n in range(2)}
    assert drawn == {"0.23796462709189137"}, "as in `python train.py`"
