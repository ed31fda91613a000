"""How much of the regret of a noisy choice a smoothed one recovers, on curves that are known."""

import numpy as np
import pytest

from benchmarks.final_choice import Regret, regret


@pytest.fixture
def curves():
    """(60, 40): curves that rise to ends between 0 and 1."""
    ends = np.linspace(0.0, 1.0, 60)[:, None]
    return ends * (1.0 - np.exp(-np.arange(1, 41) / 5.0))


def test_without_noise_both_choices_are_right(curves):
    found = regret(curves, 1.0, noise=0.0, draws=20)
    assert (found.best, found.smoothed) == (0.0, 0.0)
    assert found.recovered == 0.0


def test_a_smoothed_choice_recovers_regret_where_epochs_are_noisy(curves):
    found = regret(curves, 1.0, noise=0.3, draws=300)
    assert 0 < found.smoothed < found.best


def test_the_share_recovered_is_of_the_single_epochs_regret():
    assert Regret(0.02, 0.015).recovered == pytest.approx(0.25)
