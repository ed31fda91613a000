"""Shapley values of a study: the runs behind them, and that they add up."""

import numpy as np
import pytest

from sweep.report import gather
from sweep.report.shapley_values import name_of, shapley_of
from sweep.statistics.verdicts import Verdict


@pytest.fixture
def found(shared_out):
    """The values of three components, of which `focal` and `LMSA` gain one more together."""
    return shapley_of(gather(shared_out()))


def test_the_values_add_up_to_full_minus_baseline_in_every_seed(found):
    total = sum(share.interval.mean for share in found.values)
    assert total == pytest.approx(found.total, abs=1e-12)


def test_a_bonus_of_two_components_is_shared_between_them(found):
    means = [share.interval.mean for share in found.values]
    assert np.allclose(means, [3.5, 1.0, 2.5], atol=0.4)


def test_interactions_find_the_pair_that_adds_more_together(found):
    by_name = {name_of(found, share): share.interval for share in found.interactions}
    assert by_name["+ focal × LMSA"].low > 0
    assert by_name["+ focal × Dice"].low < 0 < by_name["+ focal × Dice"].high


def test_each_component_has_a_verdict(found):
    assert found.verdicts[0].verdict is Verdict.HELPS


def test_a_seed_that_lacks_a_subset_is_left_out_and_named(shared_out, shapley_text):
    history = shared_out(shapley_text, ("focal + Dice", 3))
    found = shapley_of(gather(history))
    assert found.left_out == (3,)
    assert len(found.seeds) == 7
    assert not any(history.trials[number].seed == 3 for number in found.trials)


def test_too_few_seeds_give_no_values_and_the_reason(shared_out, shapley_text):
    few = shapley_text.replace("[0, 1, 2, 3, 4, 5, 6, 7]", "[0, 1]")
    found = shapley_of(gather(shared_out(few)))
    assert found.values == ()
    assert "at least 3" in found.problem


def test_sampled_orders_add_up_as_well(shared_out, shapley_text):
    sampled = shapley_text.replace(
        "    shapley:\n", "    shapley:\n      permutations: 6\n"
    )
    found = shapley_of(gather(shared_out(sampled)))
    assert found.permutations == 6
    assert found.interactions == ()
    total = sum(share.interval.mean for share in found.values)
    assert total == pytest.approx(found.total, abs=1e-12)


def test_a_study_without_the_design_has_none(ladder):
    assert shapley_of(gather(ladder)) is None
