"""Means, intervals, paired tests: against published worked examples, SciPy, and simulation."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from sweep.errors import UnknownName, UsageError
from sweep.statistics.paired import (
    PAIRED_METHODS,
    corrected_change,
    effect_size,
    holm,
    mean_interval,
    paired_change,
    smallest_p,
)

# Darwin's cross- and self-fertilised maize, in eighths of an inch (Fisher, The Design of
# Experiments, 1935).
MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]

differences = st.lists(st.floats(-100, 100).map(lambda x: round(x, 3)), min_size=3, max_size=8)


class TestPublishedExamples:
    def test_fishers_randomisation_test_of_darwins_maize(self):
        # Fisher, section 21: 863 of the 32768 sums are at least as large, 1726 for both tails,
        # 5.267 per cent.
        assert paired_change(MAIZE, method="permutation").p == 1726 / 32768

    def test_fishers_t_test_of_darwins_maize(self):
        # Fisher, section 17: t = 2.148, p = 4.97 per cent.
        assert paired_change(MAIZE, method="t").p == pytest.approx(0.0497, abs=5e-5)

    def test_wilcoxons_signed_ranks_of_darwins_maize(self):
        # The example in SciPy's documentation of `wilcoxon`: W = 24, p = 0.041259765625.
        assert paired_change(MAIZE, method="wilcoxon").p == pytest.approx(0.041259765625)

    def test_nadeau_and_bengios_test_of_the_scikit_learn_example(self):
        # "Statistical comparison of models using grid search", scikit-learn's example gallery: two
        # kernels of a support vector machine over 10 × 10 folds; corrected t 0.750, one-sided p
        # 0.227, uncorrected t 2.611.
        from sklearn.datasets import make_moons
        from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
        from sklearn.svm import SVC

        x, y = make_moons(noise=0.352, random_state=1, n_samples=100)
        folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
        rbf, linear = (
            cross_val_score(SVC(kernel=k), x, y, scoring="roc_auc", cv=folds)
            for k in ("rbf", "linear")
        )
        change = corrected_change(rbf - linear, test_to_train=10 / 90)
        assert change.p / 2 == pytest.approx(0.227, abs=5e-4)
        assert paired_change(rbf - linear, method="t").p / 2 == pytest.approx(0.005, abs=5e-4)

    def test_holms_adjustment(self):
        # R's p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm").
        assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])

    def test_hedges_correction(self):
        # Hedges (1981), table of c(m): c(2) = 0.5642, c(3) = 0.7236, c(10) = 0.9228.
        for degrees, table in ((2, 0.5642), (3, 0.7236), (10, 0.9228)):
            sample = np.arange(degrees + 1.0)
            assert effect_size(sample) / (sample.mean() / sample.std(ddof=1)) == pytest.approx(
                table, abs=1e-4
            )


class TestAgainstScipy:
    @given(differences)
    def test_interval_is_students(self, values):
        estimate = mean_interval(values, 0.9)
        if np.ptp(values) == 0:
            assert (estimate.sd, estimate.low, estimate.high) == (0.0, estimate.mean, estimate.mean)
            return
        expected = stats.ttest_1samp(values, 0).confidence_interval(0.9)
        assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high))
        assert estimate.sd == pytest.approx(np.std(values, ddof=1))

    @given(differences)
    def test_permutation_test_is_the_count_of_sign_patterns(self, values):
        sums = [
            abs(sum(s * v for s, v in zip(signs, values, strict=True)))
            for signs in _signs(len(values))
        ]
        as_far = sum(total >= abs(sum(values)) - 1e-9 for total in sums)
        assert paired_change(values).p == pytest.approx(as_far / len(sums))

    def test_permutation_test_agrees_with_scipys(self):
        values = [0.3, -0.1, 0.4, 0.25, 0.02, 0.5]
        expected = stats.permutation_test(
            (values,), np.mean, permutation_type="samples", n_resamples=np.inf
        )
        assert paired_change(values).p == pytest.approx(expected.pvalue)

    @pytest.mark.parametrize(
        "values", [[1.0, 2.0, 2.0, 0.0, 5.0], [1.0, -1.0, 3.0, 4.0], [2.0, 2.0, 2.0]]
    )
    def test_wilcoxon_with_ties_and_zeros_agrees_with_scipys_permutation(self, values):
        expected = stats.wilcoxon(values, method=stats.PermutationMethod(n_resamples=np.inf))
        assert paired_change(values, method="wilcoxon").p == pytest.approx(expected.pvalue)

    @pytest.mark.parametrize("raw", [[0.04], [0.01, 0.01, 0.3], [0.2, 0.001, 0.9, 0.03, 0.03, 0.5]])
    def test_holm_agrees_with_statsmodels(self, raw):
        assert holm(raw) == pytest.approx(multipletests(raw, method="holm")[1])

    def test_random_sign_patterns_agree_with_the_t_test_for_many_normal_pairs(self):
        values = np.random.default_rng(1).normal(0.3, 1, size=40)
        assert paired_change(values).p == pytest.approx(
            stats.ttest_1samp(values, 0).pvalue, abs=0.02
        )


class TestLaws:
    @given(differences, st.sampled_from(PAIRED_METHODS))
    def test_turning_the_comparison_round_turns_the_change_round(self, values, method):
        there, back = (
            paired_change(values, method=method),
            paired_change([-v for v in values], method=method),
        )
        assert back.mean == -there.mean
        assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
        assert back.p == (None if there.p is None else pytest.approx(there.p))

    @given(st.integers(3, 15), st.sampled_from(["permutation", "wilcoxon"]))
    def test_no_exact_p_value_is_below_the_floor_and_all_positive_pairs_reach_it(self, n, method):
        assert paired_change(np.arange(1.0, n + 1), method=method).p == pytest.approx(
            smallest_p(n, method)
        )

    def test_five_seeds_cannot_be_significant_at_five_per_cent(self):
        assert smallest_p(5, "permutation") == 0.0625

    @given(st.lists(st.none() | st.floats(0, 1), max_size=8))
    def test_holm_never_lowers_a_p_value_keeps_the_order_and_leaves_gaps(self, raw):
        adjusted = holm(raw)
        assert [p is None for p in raw] == [p is None for p in adjusted]
        pairs = sorted((a, b) for a, b in zip(raw, adjusted, strict=True) if a is not None)
        assert all(a <= b <= 1 for a, b in pairs)
        assert all(left[1] <= right[1] for left, right in itertools.pairwise(pairs))

    def test_equal_arms_differ_by_nothing(self):
        for method in PAIRED_METHODS:
            change = paired_change([0.0] * 5, method=method)
            assert (change.mean, change.p, change.effect_size) == (0.0, 1.0, None)


class TestTooFew:
    @pytest.mark.parametrize("n", [1, 2])
    def test_below_three_pairs_there_is_no_test_and_it_says_so(self, n):
        change = paired_change([0.5] * n)
        assert change.p is None
        assert math.isnan(change.low)
        assert "at least 3" in change.note
        assert corrected_change([0.5] * n, test_to_train=1).p is None

    def test_one_value_has_a_mean_and_no_spread(self):
        estimate = mean_interval([0.7])
        assert estimate.mean == 0.7
        assert math.isnan(estimate.sd)
        assert math.isnan(estimate.low)

    def test_equal_differences_have_no_t_test(self):
        change = paired_change([0.5, 0.5, 0.5, 0.5], method="t")
        assert change.p is None
        assert "equal" in change.note


class TestRefusals:
    def test_unknown_method_names_the_nearest(self):
        with pytest.raises(UnknownName, match="did you mean 'wilcoxon'"):
            paired_change([1, 2, 3], method="wilcoxn")

    @pytest.mark.parametrize("values", [[], [1.0, math.nan], [[1.0, 2.0]]])
    def test_no_sample(self, values):
        with pytest.raises(UsageError):
            mean_interval(values)

    def test_confidence_is_a_share(self):
        with pytest.raises(UsageError, match="between 0 and 1"):
            mean_interval([1, 2], confidence=95)

    def test_fold_ratio_is_positive(self):
        with pytest.raises(UsageError, match="positive"):
            corrected_change([1, 2, 3], test_to_train=0)


class TestCoverage:
    """Share of simulated studies whose interval holds the truth; the bounds are four standard errors of that share."""

    RUNS = 2_000
    BOUND = 4 * math.sqrt(0.95 * 0.05 / RUNS)

    def test_interval_over_five_seeds(self):
        samples = np.random.default_rng(0).normal(0.4, 2.0, size=(self.RUNS, 5))
        held = [e.low <= 0.4 <= e.high for e in map(mean_interval, samples)]
        assert np.mean(held) == pytest.approx(0.95, abs=self.BOUND)

    def test_corrected_interval_over_five_correlated_folds_where_the_plain_one_fails(self):
        # Folds as Nadeau & Bengio model them: correlation n_test / (n_train + n_test) = 1/5 between
        # any two.
        rng, rho = np.random.default_rng(0), 1 / 5
        shared = math.sqrt(rho) * rng.normal(size=(self.RUNS, 1))
        samples = 0.4 + shared + math.sqrt(1 - rho) * rng.normal(size=(self.RUNS, 5))
        held = [
            c.low <= 0.4 <= c.high
            for c in (corrected_change(s, test_to_train=1 / 4) for s in samples)
        ]
        plain = [e.low <= 0.4 <= e.high for e in map(mean_interval, samples)]
        assert np.mean(held) == pytest.approx(0.95, abs=self.BOUND)
        assert np.mean(plain) < 0.95 - self.BOUND

    def test_permutation_test_keeps_its_level(self):
        samples = np.random.default_rng(0).standard_t(3, size=(self.RUNS, 7))
        rejected = np.mean([paired_change(s).p <= 0.05 for s in samples])
        assert rejected <= 0.05 + self.BOUND


def _signs(n):
    return list(itertools.product((-1, 1), repeat=n))
