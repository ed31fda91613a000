"""One procedure for a table: against SciPy, statsmodels and brute force; its laws; its refusals."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from sweep.errors import UsageError
from sweep.statistics.contrast import Method, Reason
from sweep.statistics.family import compare, fewest_for_flips
from sweep.statistics.paired import hedges_correction

ALPHA = 0.05


def normal(n, k, seed=0, effects=0.0):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(n, k)) + effects, generator.normal(size=n)


@st.composite
def tables(draw, fewest=3):
    """Arms and baseline on a coarse grid, so that ties and equal differences are common."""
    n, k = draw(st.integers(fewest, 9)), draw(st.integers(1, 4))
    value = st.integers(-3, 8) if draw(st.booleans()) else st.integers(-1000, 3000)
    cells = draw(st.lists(value, min_size=n * (k + 1), max_size=n * (k + 1)))
    grid = np.array(cells, dtype=float).reshape(n, k + 1)
    lacking = draw(st.lists(st.booleans(), min_size=n * k, max_size=n * k))
    arms = grid[:, 1:].copy()
    if draw(st.booleans()):
        arms[np.array(lacking).reshape(n, k)] = np.nan
    return arms, grid[:, 0]


class TestAgainstOthers:
    def test_one_arm_is_scipys_exact_permutation_test(self):
        arms, baseline = normal(7, 1, effects=0.8)
        expected = stats.permutation_test(
            (arms[:, 0] - baseline,),
            np.mean,
            permutation_type="samples",
            n_resamples=np.inf,
        )
        assert compare(arms, baseline).contrasts[0].p == pytest.approx(expected.pvalue)

    @pytest.mark.parametrize("n", [6, 8])
    def test_several_arms_are_the_maximum_of_t_over_all_flips_of_rows(self, n):
        arms, baseline = normal(n, 3, seed=n, effects=[0.0, 1.0, 2.5])
        differences = arms - baseline[:, None]
        maxima = []
        for signs in itertools.product((-1, 1), repeat=n):
            flipped = differences * np.array(signs)[:, None]
            maxima.append(np.abs(stats.ttest_1samp(flipped, 0).statistic).max())
        observed = np.abs(stats.ttest_1samp(differences, 0).statistic)
        critical = sorted(maxima, reverse=True)[math.floor(ALPHA * 2**n)]
        family = compare(arms, baseline)
        for contrast, t in zip(family.contrasts, observed, strict=True):
            assert contrast.method is Method.MAX_T
            assert contrast.p == pytest.approx(np.mean(np.array(maxima) >= t - 1e-9))
            assert contrast.critical == pytest.approx(critical)
            low = contrast.mean - critical * contrast.error
            assert contrast.low == pytest.approx(low, abs=1e-6)

    def test_random_flips_agree_with_exact_ones(self):
        arms, baseline = normal(17, 3, seed=2, effects=[0.0, 0.4, 0.7])
        random = compare(arms, baseline)
        again = compare(arms, baseline, seed=1)
        assert not random.exact
        for one, other in zip(random.contrasts, again.contrasts, strict=True):
            assert one.p == pytest.approx(other.p, abs=0.01)
        exact = stats.permutation_test(
            (arms[:, 1] - baseline,),
            np.mean,
            permutation_type="samples",
            n_resamples=200_000,
        )
        assert random.contrasts[1].own_p == pytest.approx(exact.pvalue, abs=0.01)

    @pytest.mark.parametrize("n", [3, 5])
    def test_below_six_seeds_holms_p_and_bonferronis_interval_by_t(self, n):
        arms, baseline = normal(n, 4, seed=n, effects=[0, 1, 3, 9])
        own = stats.ttest_1samp(arms - baseline[:, None], 0)
        interval = own.confidence_interval(1 - ALPHA / 4)
        found = compare(arms, baseline).contrasts
        assert {contrast.method for contrast in found} == {Method.HOLM_T}
        assert Method.HOLM_T.assumes_normal
        assert [c.p for c in found] == pytest.approx(
            multipletests(own.pvalue, method="holm")[1]
        )
        assert [c.own_p for c in found] == pytest.approx(own.pvalue)
        assert [c.low for c in found] == pytest.approx(interval.low)
        assert [c.high for c in found] == pytest.approx(interval.high)

    def test_nadeau_and_bengios_test_of_the_scikit_learn_example(self):
        # The figures of scikit-learn's "Statistical comparison of models using grid search" are
        # the mean and standard deviation of 100 differences: corrected t 0.750, p 0.227 one-sided.
        generator = np.random.default_rng(0)
        sample = generator.normal(size=100)
        standard = (sample - sample.mean()) / sample.std(ddof=1)
        t = 2.611  # uncorrected
        differences = standard + t / math.sqrt(100)
        found = compare(
            differences[:, None], np.zeros(100), test_to_train=10 / 90
        ).contrasts[0]
        assert found.mean / found.error == pytest.approx(0.750, abs=1e-3)
        assert found.p / 2 == pytest.approx(0.227, abs=1e-3)
        assert found.method is Method.CORRECTED_T

    def test_the_effect_size_is_the_samples(self):
        arms, baseline = normal(8, 2, seed=4, effects=[0.5, 2.0])
        for contrast, column in zip(
            compare(arms, baseline).contrasts, arms.T, strict=True
        ):
            differences = column - baseline
            d_z = differences.mean() / differences.std(ddof=1)
            expected = d_z * hedges_correction(len(differences) - 1)
            assert contrast.effect_size == pytest.approx(expected)


class TestIntervalAndPNeverContradict:
    @given(tables(), st.sampled_from([0.9, 0.95, 0.99]), st.sampled_from([None, 0.25]))
    def test_an_interval_that_excludes_zero_is_significant(
        self, table, confidence, ratio
    ):
        family = compare(*table, confidence=confidence, test_to_train=ratio)
        for contrast in family.contrasts:
            if contrast.p is None:
                assert math.isnan(contrast.low)
                assert not contrast.excludes_zero
                continue
            significant = contrast.p <= 1 - confidence + 1e-12
            if contrast.reason is Reason.STEP_DOWN:
                assert significant
                assert not contrast.excludes_zero
            else:
                assert significant == contrast.excludes_zero
            assert contrast.low <= contrast.mean <= contrast.high

    @given(tables(fewest=6))
    def test_by_flips_never_by_step_down(self, table):
        for contrast in compare(*table).contrasts:
            if contrast.method is Method.MAX_T:
                assert contrast.reason in (None, Reason.NO_INTERVAL)
                assert contrast.p >= contrast.own_p >= 2.0 ** (1 - contrast.n)

    @pytest.mark.parametrize("size", [1e-200, 1e-9, 1.0, 1e200])
    def test_the_unit_does_not_matter(self, size):
        arms, baseline = normal(7, 3, seed=1, effects=[0, 1, 5])
        plain, scaled = compare(arms, baseline), compare(arms * size, baseline * size)
        for one, other in zip(plain.contrasts, scaled.contrasts, strict=True):
            assert other.p == one.p
            assert other.low == pytest.approx(one.low * size)


class TestLaws:
    @given(tables())
    def test_turning_the_comparison_round_turns_the_interval_round(self, table):
        arms, baseline = table
        there, back = compare(arms, baseline), compare(-arms, -baseline)
        for one, other in zip(there.contrasts, back.contrasts, strict=True):
            assert other.p == one.p
            assert (other.low, other.high) == pytest.approx(
                (-one.high, -one.low), nan_ok=True
            )

    @given(tables(), st.randoms(use_true_random=False))
    def test_the_order_of_seeds_and_arms_does_not_matter(self, table, random):
        arms, baseline = table
        rows, columns = list(range(len(arms))), list(range(arms.shape[1]))
        random.shuffle(rows)
        random.shuffle(columns)
        plain = compare(arms, baseline).contrasts
        shuffled = compare(arms[rows][:, columns], baseline[rows]).contrasts
        for position, column in enumerate(columns):
            assert shuffled[position].p == pytest.approx(plain[column].p)
            assert shuffled[position].high == pytest.approx(
                plain[column].high, nan_ok=True
            )

    @given(tables(fewest=6))
    def test_what_a_seed_shares_cancels(self, table):
        arms, baseline = table
        shift = 16.0 * np.arange(len(baseline))
        plain, shifted = (
            compare(arms, baseline),
            compare(arms + shift[:, None], baseline + shift),
        )
        assert [c.p for c in plain.contrasts] == [c.p for c in shifted.contrasts]

    def test_another_arm_never_lowers_a_p_value(self):
        arms, baseline = normal(8, 5, seed=3, effects=1.0)
        alone = compare(arms[:, :1], baseline).contrasts[0].p
        assert compare(arms, baseline).contrasts[0].p >= alone

    def test_the_same_column_twice_costs_nothing(self):
        arms, baseline = normal(8, 1, seed=3, effects=1.0)
        twice = compare(np.hstack([arms, arms]), baseline).contrasts
        once = compare(arms, baseline).contrasts[0]
        assert twice[0] == twice[1]
        assert (twice[0].p, twice[0].low) == (once.p, pytest.approx(once.low))

    def test_six_seeds_reach_significance_for_any_number_of_arms_and_five_do_not_by_flips(
        self,
    ):
        arms = np.tile(np.linspace(5.0, 5.5, 6)[:, None], 20) + np.linspace(0, 1, 20)
        assert {c.p for c in compare(arms, np.zeros(6)).contrasts} == {2**-5}
        assert fewest_for_flips(0.05) == 6
        assert {c.method for c in compare(arms[:5], np.zeros(5)).contrasts} == {
            Method.HOLM_T
        }

    def test_each_arm_may_have_its_own_reference(self):
        arms, _ = normal(7, 3, seed=5, effects=1.0)
        ladder = compare(arms[:, 1:], arms[:, :-1])
        assert ladder.contrasts[0].mean == pytest.approx(
            np.mean(arms[:, 1] - arms[:, 0])
        )


class TestNoEvidence:
    def test_three_equal_differences_have_no_interval_of_no_width(self):
        counts = np.array([228, 229, 227]) / 231
        found = compare((counts + 1 / 231)[:, None], counts).contrasts[0]
        assert (found.p, found.sd, found.reason) == (None, 0.0, Reason.NO_SPREAD)
        assert math.isnan(found.low)
        assert found.mean == pytest.approx(1 / 231)

    def test_rounding_in_float32_is_no_spread(self):
        counts = np.array([228, 229, 227, 225, 228, 229, 224, 222])
        arms = ((counts + 1) / 231).astype(np.float32)[:, None]
        found = compare(arms, (counts / 231).astype(np.float32)).contrasts[0]
        assert found.reason is Reason.NO_SPREAD

    @pytest.mark.parametrize("effect", [0.0, 0.01])
    def test_a_trainer_that_never_reads_its_seed_gives_no_p_value(self, effect):
        found = compare(np.full((8, 1), 0.7 + effect), np.full(8, 0.7)).contrasts[0]
        assert (found.p, found.reason) == (None, Reason.NO_SPREAD)

    def test_arms_without_a_test_are_no_members_of_the_family(self):
        arms, baseline = normal(8, 2, seed=1, effects=1.0)
        with_dead = np.column_stack([arms, baseline])
        family = compare(with_dead, baseline)
        assert family.tested == 2
        assert family.contrasts[:2] == compare(arms, baseline).contrasts

    @pytest.mark.parametrize("n", [0, 1, 2])
    def test_below_three_pairs_there_is_none_and_it_says_so(self, n):
        found = compare(np.arange(n, dtype=float)[:, None], np.zeros(n)).contrasts[0]
        assert (found.p, found.reason, found.n) == (None, Reason.TOO_FEW, n)

    def test_where_every_difference_has_the_same_size_no_interval_is_finite(self):
        """Two arms one image better or worse: four of 32 patterns align one of them."""
        signs = np.array(
            [[1, 1, 1, 1, 1, -1], [1, 1, 1, 1, -1, 1], [1, 1, -1, -1, 1, 1]]
        ).T
        family = compare(signs / 10, np.zeros(6))
        assert {c.reason for c in family.contrasts} == {Reason.NO_INTERVAL}
        assert all(c.low == -math.inf and c.high == math.inf for c in family.contrasts)
        assert all(c.p > ALPHA for c in family.contrasts)


class TestMissingSeeds:
    def test_an_arm_that_lacks_a_seed_keeps_its_own_rows(self):
        arms, baseline = normal(9, 3, seed=6, effects=[0, 2, 2])
        arms[4, 1] = np.nan
        family = compare(arms, baseline)
        assert family.contrasts[1].rows == (0, 1, 2, 3, 5, 6, 7, 8)
        assert family.row_sets == (tuple(range(9)), family.contrasts[1].rows)
        assert {c.method for c in family.contrasts} == {Method.MAX_T}

    def test_alone_it_is_the_test_of_its_own_rows(self):
        arms, baseline = normal(9, 1, seed=6, effects=1.0)
        arms[[2, 5], 0] = np.nan
        kept = [0, 1, 3, 4, 6, 7, 8]
        whole = compare(arms, baseline).contrasts[0]
        alone = compare(arms[kept], baseline[kept]).contrasts[0]
        assert (whole.p, whole.low, whole.high) == (alone.p, alone.low, alone.high)

    def test_one_with_too_few_for_flips_is_tested_by_t_at_its_share_of_the_error(self):
        arms, baseline = normal(9, 3, seed=7, effects=[3, 3, 3])
        arms[:5, 0] = np.nan
        family = compare(arms, baseline)
        assert [c.method for c in family.contrasts] == [
            Method.HOLM_T,
            Method.MAX_T,
            Method.MAX_T,
        ]
        own = stats.ttest_1samp((arms[5:, 0] - baseline[5:]), 0)
        interval = own.confidence_interval(1 - ALPHA / 3)
        few = family.contrasts[0]
        assert few.p == pytest.approx(3 * own.pvalue)
        assert (few.low, few.high) == pytest.approx((interval.low, interval.high))
        others = compare(arms[:, 1:], baseline, confidence=1 - ALPHA * 2 / 3).contrasts
        assert family.contrasts[1].p == pytest.approx(others[0].p * 3 / 2)
        assert family.contrasts[1].low == pytest.approx(others[0].low)

    def test_where_the_share_left_is_too_small_for_flips_all_are_tested_by_t(self):
        arms, baseline = normal(6, 3, seed=7, effects=[3, 3, 3])
        arms[:2, :2] = np.nan
        assert {c.method for c in compare(arms, baseline).contrasts} == {Method.HOLM_T}


class TestRefusals:
    @pytest.mark.parametrize(
        "arms, references",
        [
            (np.zeros(3), np.zeros(3)),
            (np.zeros((3, 2)), np.zeros(4)),
            (np.zeros((3, 2)), np.zeros((3, 3))),
        ],
    )
    def test_shapes_that_do_not_fit(self, arms, references):
        with pytest.raises(UsageError, match="one row per seed"):
            compare(arms, references)

    def test_an_infinite_value(self):
        with pytest.raises(UsageError, match="1 values are infinite"):
            compare([[math.inf], [1.0]], [0.0, 0.0])

    def test_confidence_is_a_share(self):
        with pytest.raises(UsageError, match="between 0 and 1"):
            compare(np.zeros((3, 1)), np.zeros(3), confidence=95)

    def test_the_ratio_of_sizes_is_positive(self):
        with pytest.raises(UsageError, match="positive"):
            compare(np.zeros((3, 1)), np.zeros(3), test_to_train=0.0)


# Darwin's cross- and self-fertilised maize, in eighths of an inch (Fisher, The Design of
# Experiments, 1935).
MAIZE = np.array(
    [[49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]], dtype=float
).T


class TestPublishedExamples:
    def test_fishers_randomisation_test_of_darwins_maize(self):
        # Fisher, section 21: 863 of the 32768 sums are at least as large, 1726 for both tails,
        # 5.267 per cent.
        assert compare(MAIZE, np.zeros(15)).contrasts[0].p == 1726 / 32768

    def test_fishers_t_test_of_darwins_maize(self):
        # Fisher, section 17: t = 2.148, p = 4.97 per cent.
        contrast = compare(MAIZE, np.zeros(15), flips=False).contrasts[0]
        assert contrast.p == pytest.approx(0.0497, abs=5e-5)

    def test_nadeau_and_bengios_test_of_the_scikit_learn_example(self):
        # "Statistical comparison of models using grid search", scikit-learn's example gallery: two
        # kernels of a support vector machine over 10 × 10 folds; one-sided p 0.227, uncorrected
        # 0.005.
        from sklearn.datasets import make_moons
        from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
        from sklearn.svm import SVC

        x, y = make_moons(noise=0.352, random_state=1, n_samples=100)
        folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
        rbf, linear = (
            cross_val_score(SVC(kernel=k), x, y, scoring="roc_auc", cv=folds)
            for k in ("rbf", "linear")
        )
        corrected = compare(rbf[:, None], linear, test_to_train=10 / 90).contrasts[0]
        plain = compare(rbf[:, None], linear, flips=False).contrasts[0]
        assert corrected.p / 2 == pytest.approx(0.227, abs=5e-4)
        assert plain.p / 2 == pytest.approx(0.005, abs=5e-4)
