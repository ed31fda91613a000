"""Factorial effects by seed: against paired t-tests, statsmodels and hand-made differences."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.anova import AnovaRM

from sweep.errors import UsageError
from sweep.statistics.contrast import Method, Reason
from sweep.statistics.effects import analyse
from sweep.statistics.family import compare


def design(*factors, blocks):
    """Levels of each factor and the block of every run of a full factorial design."""
    runs = list(itertools.product(*factors, range(blocks)))
    *levels, block = (list(column) for column in zip(*runs, strict=True))
    return {f"factor {i}": level for i, level in enumerate(levels)}, block


def test_one_factor_of_two_levels_is_the_ablation_tables_comparison():
    levels, block = design("ab", blocks=7)
    values = np.random.default_rng(0).normal(size=14)
    (effect,) = analyse(levels, values, block).effects
    contrast = compare(values[7:, None], values[:7]).contrasts[0]
    assert effect.parts[0].contrast == contrast
    assert effect.p == contrast.p


def test_the_interval_of_a_contrast_alone_is_students():
    levels, block = design("ab", "xy", blocks=6)
    y = np.random.default_rng(3).normal(size=(2, 2, 6))
    a, b, both = analyse(levels, y.ravel(), block).effects
    by_seed = {
        a.factors: y[1].mean(0) - y[0].mean(0),
        b.factors: y[:, 1].mean(0) - y[:, 0].mean(0),
        both.factors: (y[1, 1] - y[1, 0]) - (y[0, 1] - y[0, 0]),
    }
    for effect in (a, b, both):
        expected = stats.ttest_1samp(by_seed[effect.factors], 0)
        interval = expected.confidence_interval()
        (part,) = effect.parts
        assert (part.own_low, part.own_high) == pytest.approx(
            (interval.low, interval.high)
        )
        assert effect.f == pytest.approx(expected.statistic**2)
        assert part.contrast.mean == pytest.approx(by_seed[effect.factors].mean())


def test_f_of_a_two_by_three_design_is_the_repeated_measures_analysis():
    levels, block = design("ab", "xyz", blocks=5)
    values = np.random.default_rng(1).normal(size=30)
    frame = pd.DataFrame(
        {"a": levels["factor 0"], "b": levels["factor 1"], "y": values}
    )
    expected = (
        AnovaRM(frame.assign(seed=block), "y", "seed", within=["a", "b"])
        .fit()
        .anova_table
    )
    found = analyse(levels, values, block).effects
    assert [e.f for e in found] == pytest.approx(expected["F Value"].tolist())
    assert [e.df for e in found] == expected["Num DF"].tolist()
    assert [e.df_error for e in found] == expected["Den DF"].tolist()
    assert [len(e.parts) for e in found] == [1, 2, 2]
    assert [part.levels for part in found[2].parts] == [("b", "y"), ("b", "z")]


def test_an_effect_that_varies_with_the_seed_does_not_widen_another():
    levels, block = design("ab", "xy", blocks=8)
    generator = np.random.default_rng(0)
    y = generator.normal(0, 0.1, size=(2, 2, 8))
    quiet = analyse(levels, y.ravel(), block).effects[1].parts[0]
    y[1] += generator.normal(0, 100, size=8)
    shaken = analyse(levels, y.ravel(), block).effects[1].parts[0]
    assert (shaken.own_low, shaken.own_high) == pytest.approx(
        (quiet.own_low, quiet.own_high)
    )


def test_what_a_seed_shares_is_no_noise():
    levels, block = design("ab", blocks=6)
    noise = np.random.default_rng(0).normal(0, 0.1, size=12)
    quiet = analyse(levels, noise, block)
    shaken = analyse(levels, noise + 100 * np.tile(np.arange(6), 2), block)
    assert shaken.effects[0].p == quiet.effects[0].p


def test_all_contrasts_are_one_family_and_few_seeds_are_tested_by_t():
    levels, block = design("ab", "xyz", blocks=4)
    found = analyse(levels, np.random.default_rng(2).normal(size=24), block)
    assert found.family.tested == 5
    assert {c.method for c in found.family.contrasts} == {Method.HOLM_T}


def test_a_design_without_noise_has_no_p_value():
    levels, block = design("ab", blocks=3)
    (effect,) = analyse(levels, [0.1, 0.1, 0.1, 0.4, 0.4, 0.4], block).effects
    assert effect.parts[0].contrast.mean == pytest.approx(0.3)
    assert effect.parts[0].contrast.reason is Reason.NO_SPREAD
    assert effect.p is None
    assert math.isnan(effect.f)
    assert math.isnan(effect.parts[0].own_low)


def test_a_seed_that_lacks_a_cell_is_left_out_and_named():
    levels, block = design("ab", "xy", blocks=5)
    values = np.random.default_rng(0).normal(size=20)
    without = [i for i in range(20) if i != 7]
    found = analyse(
        {name: [given[i] for i in without] for name, given in levels.items()},
        values[without],
        [block[i] for i in without],
    )
    assert (found.seeds, found.left_out) == (4, (block[7],))


def test_seeds_of_a_fold_are_averaged_and_folds_corrected():
    levels, fold = design("ab", blocks=5)
    values = np.random.default_rng(0).normal(size=10)
    doubled = {name: given * 2 for name, given in levels.items()}
    spread = np.tile([0.1], 10)
    twice = analyse(
        doubled,
        np.concatenate([values - spread, values + spread]),
        fold * 2,
        test_to_train=0.25,
    )
    once = analyse(levels, values, fold, test_to_train=0.25)
    assert twice.effects[0].p == pytest.approx(once.effects[0].p)
    assert once.family.contrasts[0].method is Method.CORRECTED_T


class TestRefusals:
    def test_one_level(self):
        with pytest.raises(UsageError, match="one level"):
            analyse({"f": ["a", "a"]}, [1.0, 2.0], [0, 1])

    def test_empty_cell(self):
        with pytest.raises(UsageError, match="3 of the 4 cells"):
            analyse({"f": list("aab"), "g": list("xyx")}, [1.0, 2.0, 3.0], [0, 0, 0])

    def test_cells_that_share_no_seed(self):
        with pytest.raises(
            UsageError, match="effects of arms and seeds cannot be separated"
        ):
            analyse({"f": list("ab")}, [1.0, 2.0], [0, 1])

    def test_not_finite(self):
        with pytest.raises(UsageError, match="finite"):
            analyse({"f": list("ab")}, [1.0, math.nan], [0, 0])

    def test_lengths(self):
        with pytest.raises(UsageError, match="same runs"):
            analyse({"f": list("ab")}, [1.0, 2.0], [0])

    def test_no_factor(self):
        with pytest.raises(UsageError, match="at least one factor"):
            analyse({}, [1.0, 2.0], [0, 1])
