"""What a sequential design costs, and which look will probably decide an arm."""

import numpy as np
import pytest

from sweep.errors import UsageError
from sweep.statistics import sequential_forecast
from sweep.statistics.sequential import SequentialDesign
from sweep.statistics.sequential_forecast import expected_trials, seeds_until_decided
from tests.simulation import sequential as simulation

LOOKS = (5, 8, 12, 18, 30)


def standard(size, effect):
    sample = np.random.default_rng(1).normal(size=size)
    return effect + (sample - sample.mean()) / sample.std(ddof=1)


def test_at_worst_every_arm_and_the_baseline_train_to_the_last_look():
    costs = expected_trials(SequentialDesign(LOOKS, 6), repeats=200)
    assert [cost.worst for cost in costs] == [7 * seeds for seeds in LOOKS]
    assert [cost.seeds for cost in costs] == list(LOOKS)
    likely = [cost.likely for cost in costs]
    assert likely == sorted(likely)
    assert likely[0] == 35  # before the first look nothing can stop
    assert all(cost.likely <= cost.worst for cost in costs)


def test_without_margin_and_effect_nearly_nothing_is_saved():
    costs = expected_trials(SequentialDesign(LOOKS, 3), [0.0], None, repeats=400)
    assert costs[-1].likely > 0.98 * costs[-1].worst
    assert costs[-1].open_arms > 2.8


def test_a_large_study_is_simulated_in_parts(monkeypatch):
    design = SequentialDesign(LOOKS, 6)
    at_once = expected_trials(design, repeats=600)
    monkeypatch.setattr(sequential_forecast, "_MOST_VALUES", 7 * 30 * 100)
    in_parts = expected_trials(design, repeats=600)
    assert in_parts[-1].likely == pytest.approx(at_once[-1].likely)


def test_expected_trials_are_reproducible():
    design = SequentialDesign(LOOKS, 6)
    assert expected_trials(design, repeats=50) == expected_trials(design, repeats=50)
    assert expected_trials(design, repeats=50) != expected_trials(
        design, repeats=50, seed=1
    )


def test_the_published_ladder():
    """Trials, wrong verdicts and savings of 4 000 studies: Monte-Carlo errors .5, .003, .02."""
    for case, outcome, saving in simulation.run(repeats=4_000):
        assert outcome.trials == pytest.approx(case.trials, abs=2)
        assert outcome.wrong == pytest.approx(case.wrong, abs=0.012)
        assert outcome.wrong < 0.05 + 0.01
        assert saving == pytest.approx(case.saving, abs=0.06)
        if case.margin >= 1:
            assert saving < 0.05  # never more than 5 % worse than a fixed design


def test_an_arm_is_expected_at_a_look_to_come():
    design = SequentialDesign(LOOKS, 6)
    for effect in (0.0, 1.0, 2.0, 3.0):
        found = seeds_until_decided(standard(5, effect), design, 1.0, probability=0.5)
        assert found in (8, 12, 18, 30, None)
    clear = seeds_until_decided(standard(5, 4.0), design, 1.0)
    unclear = seeds_until_decided(standard(5, 1.5), design, 1.0)
    assert clear <= 12 < unclear


def test_what_the_design_cannot_resolve_is_said():
    design = SequentialDesign(LOOKS, 6)
    assert seeds_until_decided(standard(18, 0.0), design, None) is None
    assert seeds_until_decided(standard(18, 0.0), design, 0.1) is None
    assert (
        seeds_until_decided(standard(30, 0.0), design, 1.0) is None
    )  # no look is left
    assert seeds_until_decided(np.ones(5), design, 1.0) is None  # no spread


def test_bad_input_is_refused():
    design = SequentialDesign(LOOKS, 6)
    with pytest.raises(UsageError, match="no effect"):
        expected_trials(design, [])
    with pytest.raises(UsageError, match="repeats is 0"):
        expected_trials(design, repeats=0)
    with pytest.raises(UsageError, match="at least 2"):
        seeds_until_decided([1.0], design, 1.0)
    for margin in (0.0, -1.0, float("nan")):
        with pytest.raises(UsageError, match="margin is"):
            seeds_until_decided(standard(5, 0.0), design, margin)
        with pytest.raises(UsageError, match="margin is"):
            expected_trials(design, margin=margin, repeats=2)
