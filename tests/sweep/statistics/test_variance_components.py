"""Variance components: textbook formulas, restricted likelihood, recovery, and refusals."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.errors import UsageError
from sweep.statistics.variance_components import REST, latin_levels, variance_components
from tests.simulation import variance_components as simulation

SOURCES = ("split", "initialisation", "order")


def crossed(*sizes):
    runs = list(itertools.product(*(range(size) for size in sizes)))
    names = SOURCES[: len(sizes)]
    return {name: [run[i] for run in runs] for i, name in enumerate(names)}


def variances(components):
    return {component.source: component.variance for component in components}


def test_a_crossed_design_gives_the_textbooks_estimates():
    """Two crossed factors, one run a cell: MS_a = σ² + b σ_a² (Searle et al. 1992, §4.3)."""
    rng = np.random.default_rng(0)
    a, b = 6, 5
    table = (
        3 * rng.normal(size=(a, 1)) + 2 * rng.normal(size=b) + rng.normal(size=(a, b))
    )
    grand = table.mean()
    rows, columns = table.mean(axis=1) - grand, table.mean(axis=0) - grand
    residual = table - grand - rows[:, None] - columns
    ms_rest = (residual**2).sum() / ((a - 1) * (b - 1))
    ms_a, ms_b = b * (rows**2).sum() / (a - 1), a * (columns**2).sum() / (b - 1)
    components = variance_components(table.ravel(), crossed(a, b))
    found = variances(components)
    assert found["split"] == pytest.approx((ms_a - ms_rest) / b)
    assert found["initialisation"] == pytest.approx((ms_b - ms_rest) / a)
    assert found[REST] == pytest.approx(ms_rest)
    assert [component.df for component in components] == [
        a - 1,
        b - 1,
        (a - 1) * (b - 1),
    ]
    assert sum(component.share for component in components) == pytest.approx(1)


def test_a_nested_design_gives_the_textbooks_estimates():
    """Seeds within splits, two runs each: MS_a = σ² + n σ_b² + bn σ_a²."""
    rng = np.random.default_rng(1)
    a, b, n = 5, 4, 2
    table = (
        2 * rng.normal(size=(a, 1, 1))
        + rng.normal(size=(a, b, 1))
        + rng.normal(size=(a, b, n))
    )
    by_seed, by_split = table.mean(axis=2), table.mean(axis=(1, 2))
    ms_rest = ((table - by_seed[:, :, None]) ** 2).sum() / (a * b * (n - 1))
    ms_b = n * ((by_seed - by_split[:, None]) ** 2).sum() / (a * (b - 1))
    ms_a = b * n * ((by_split - table.mean()) ** 2).sum() / (a - 1)
    splits = np.repeat(np.arange(a), b * n)
    seeds = np.repeat(np.arange(a * b), n)  # every split has seeds of its own
    found = variances(
        variance_components(table.ravel(), {"split": splits, "seed": seeds})
    )
    assert found[REST] == pytest.approx(ms_rest)
    assert found["seed"] == pytest.approx(max(0, (ms_b - ms_rest) / n))
    assert found["split"] == pytest.approx((ms_a - ms_b) / (b * n))


def test_balanced_estimates_are_those_of_restricted_likelihood():
    """statsmodels' mixed model, where no estimate is at its bound."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    design = latin_levels(6, SOURCES)
    truth = np.array([2.0, 1.0, 0.8, 0.5])
    values = simulation.drawn(design, truth, np.random.default_rng(4))
    found = variances(variance_components(values, design))
    assert min(found.values()) > 0
    frame = pd.DataFrame({**design, "value": values, "all": 1})
    formula = {source: f"0 + C({source})" for source in SOURCES}
    model = MixedLM.from_formula("value ~ 1", frame, groups="all", vc_formula=formula)
    fitted = model.fit(reml=True)
    named = dict(zip(model.exog_vc.names, fitted.vcomp, strict=True))
    for source in SOURCES:
        assert found[source] == pytest.approx(named[source], rel=0.02)
    assert found[REST] == pytest.approx(fitted.scale, rel=0.02)
    by_search = simulation.restricted_likelihood(values, design)
    assert list(found.values()) == pytest.approx(by_search.tolist(), rel=0.02)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000), st.floats(-50, 50), st.floats(0.01, 100))
def test_shifts_change_nothing_and_scales_square(seed, shift, scale):
    values = np.random.default_rng(seed).normal(size=16)
    design = latin_levels(4, SOURCES)
    one = variance_components(values, design)
    other = variance_components(shift + scale * values, design)
    for first, second in zip(one, other, strict=True):
        assert second.variance == pytest.approx(
            scale**2 * first.variance, rel=1e-6, abs=1e-9 * scale**2
        )
        assert second.high == pytest.approx(
            scale**2 * first.high, rel=1e-6, abs=1e-9 * scale**2
        )
        assert first.low <= first.variance <= first.high or first.variance == 0


def test_variances_are_recovered_and_their_intervals_cover():
    """Means over 150 studies of a Latin square; Monte-Carlo error of a coverage .018."""
    rng = np.random.default_rng(0)
    truth = np.array([1.0, 0.5, 0.2, 0.3])
    design = latin_levels(5, SOURCES)
    found, held = [], []
    for _ in range(150):
        components = variance_components(simulation.drawn(design, truth, rng), design)
        found.append([component.variance for component in components])
        inside = [c.low <= t <= c.high for c, t in zip(components, truth, strict=True)]
        held.append(inside)
    assert np.mean(found, axis=0) == pytest.approx(truth, rel=0.2)
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)


def test_lost_trials_do_no_harm():
    rng = np.random.default_rng(0)
    truth = np.array([1.0, 0.5, 0.0, 0.1])
    design = simulation.without(latin_levels(5, SOURCES), (3, 7, 12))
    found = []
    for _ in range(200):
        values = simulation.drawn(design, truth, rng)
        found.append(list(variances(variance_components(values, design)).values()))
    assert np.mean(found, axis=0) == pytest.approx(truth, rel=0.25, abs=0.03)


def test_equal_runs_have_no_variance():
    components = variance_components(np.ones(9), latin_levels(3, SOURCES))
    assert all(component.variance < 1e-25 for component in components)


def test_each_pair_of_levels_meets_once_in_a_latin_square():
    for levels in (3, 4, 5, 6):
        design = latin_levels(levels, SOURCES)
        for first, second in itertools.combinations(SOURCES, 2):
            pairs = set(zip(design[first], design[second], strict=True))
            assert len(pairs) == levels**2


@pytest.mark.parametrize(
    "sources, problem",
    [
        ({}, "at least one is needed"),
        ({REST: [0, 0, 1, 1]}, "none named 'rest'"),
        ({"split": [0, 0, 1]}, "'split' has 3 levels for 4 runs"),
        ({"split": [1, 1, 1, 1]}, "'split' has one level, 1"),
        ({"split": [0, 1, 2, 3]}, "are too few to estimate the rest"),
        (
            {"split": [0, 0, 1, 1], "order": ["a", "a", "b", "b"]},
            "'split' cannot be separated",
        ),
    ],
)
def test_designs_that_cannot_tell_are_refused(sources, problem):
    with pytest.raises(UsageError, match=problem):
        variance_components([1.0, 2.0, 3.0, 5.0], sources)


def test_bad_input_is_refused():
    with pytest.raises(UsageError, match="levels is 2; at least 3"):
        latin_levels(2, SOURCES)
    with pytest.raises(UsageError, match="two or three different names"):
        latin_levels(3, ["split", "split"])
    with pytest.raises(UsageError, match="not finite"):
        variance_components([1.0, math.nan, 2.0], {"split": [0, 1, 1]})
