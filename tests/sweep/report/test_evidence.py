"""Which runs are averaged, how arms are paired, which are best."""

import numpy as np
import pytest
from scipy import stats

from sweep.errors import UnknownName, UsageError
from sweep.report.evidence import arrow, gather, goal_of

FOLDS = """
name: folds
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 3, w: {min: 0.0, max: 2.0}}
ablation: {baseline: {w: 0.0}, seeds: [0, 1], folds: 5, designs: {arms: {heavy: {w: 1.0}}}}
report: {metrics: [test/f1]}
"""


def test_a_mean_is_over_the_arms_complete_runs(ladder):
    estimate, trials = gather(ladder).estimate("+ focal", "test/f1")
    values = [ladder.trials[t].best("val/f1", "maximize").metrics["test/f1"] for t in trials]
    assert len(trials) == 6
    assert estimate.mean == pytest.approx(np.mean(values))
    assert estimate.sd == pytest.approx(np.std(values, ddof=1))


def test_arms_are_compared_seed_by_seed(ladder):
    comparison = gather(ladder).compare("+ focal", "baseline", "test/f1")
    values = {
        arm: [
            next(t for t in ladder.trials.values() if t.label == arm and t.seed == s)
            for s in range(6)
        ]
        for arm in ("+ focal", "baseline")
    }
    read = {
        arm: [t.best("val/f1", "maximize").metrics["test/f1"] for t in runs]
        for arm, runs in values.items()
    }
    expected = stats.ttest_rel(read["+ focal"], read["baseline"]).confidence_interval(0.95)
    assert (comparison.change.low, comparison.change.high) == pytest.approx(
        (expected.low, expected.high)
    )
    assert comparison.trials == tuple(sorted(t.number for runs in values.values() for t in runs))


def test_a_shared_seed_effect_does_not_widen_the_interval(ladder):
    evidence = gather(ladder)
    paired = evidence.compare("+ focal", "baseline", "test/f1").change
    assert paired.sd < evidence.estimate("baseline", "test/f1")[0].sd / 2


@pytest.mark.parametrize("state", ["failed", "pruned", "running"])
def test_only_complete_trials_count_and_pairs_need_both(study, curve_to, run_all, state):
    writer = study()
    run_all(
        writer,
        lambda arm, seed, _: (
            None if (arm.name, seed) == ("+ focal", 2) else curve_to(0.6 + 0.01 * seed)
        ),
    )
    odd = writer.trial(
        next(a for a in writer.history().arms if a.name == "+ focal").config,
        curve_to(99.0),
        seed=2,
        state=state,
    )
    evidence = gather(writer.history())
    estimate, trials = evidence.estimate("+ focal", "test/f1")
    assert odd not in trials
    assert estimate.n == 5
    assert evidence.compare("+ focal", "baseline", "test/f1").change.n == 5
    assert evidence.compare("+ dice", "baseline", "test/f1").change.n == 6


def test_seeds_of_a_fold_are_averaged_and_the_folds_correlation_corrected(study, curve_to, run_all):
    writer = study(FOLDS)
    gain = {0: 0.01, 1: 0.02, 2: 0.03, 3: 0.02, 4: 0.07}
    run_all(
        writer,
        lambda arm, seed, fold: curve_to(
            0.5 + (gain[fold] + 0.004 * seed if arm.name == "heavy" else 0)
        ),
    )
    change = gather(writer.history()).compare("heavy", "baseline", "test/f1").change
    by_fold = np.array(list(gain.values())) + 0.002
    error = by_fold.std(ddof=1) * np.sqrt(1 / 5 + 1 / 4)
    assert (change.n, change.method) == (5, "corrected_t")
    assert change.p == pytest.approx(2 * stats.t.sf(by_fold.mean() / error, 4))


def test_p_values_are_adjusted_over_the_family_and_one_comparison_counts_once(
    study, curve_to, run_all
):
    writer = study(
        """
name: twice
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 3, w: {min: 0.0, max: 2.0}}
ablation:
  baseline: {w: 0.0}
  seeds: [0, 1, 2, 3, 4, 5, 6]
  designs: {ladder: {"+ w": {w: 1.0}}, one_at_a_time: {w: [1.0, 2.0]}}
report: {metrics: [test/f1]}
"""
    )
    run_all(
        writer,
        lambda arm, seed, _: curve_to(0.5 + arm.config["w"] * (0.1 + 0.01 * seed) + 0.003 * seed),
    )
    evidence = gather(writer.history())
    pairs = [evidence.compare(arm, "baseline", "test/f1") for arm in list(evidence.arms)[1:]]
    assert [c.adjusted_p for c in evidence.family(pairs)] == pytest.approx([2 * 2 / 2**7] * 3)


def test_best_is_the_best_mean_and_what_cannot_be_told_from_it(ladder):
    evidence = gather(ladder)
    # "+ dice" lies within the noise of the wobble but its difference from "+ focal" is steady: it
    # can be told.
    difference = evidence.pairs("+ dice", "+ focal", "test/f1")["difference"]
    interval = stats.ttest_1samp(difference, 0).confidence_interval(1 - 0.05 / 3)
    alike = interval.low <= 0 <= interval.high
    assert evidence.best("test/f1") == {"+ focal"} | ({"+ dice"} if alike else set())
    assert "+ focal" in evidence.best("test/loss")


def test_nothing_is_best_of_two_seeds(study, ladder_study, curve_to, run_all):
    writer = study(ladder_study.replace("[0, 1, 2, 3, 4, 5]", "[0, 1]"))
    run_all(writer, lambda arm, seed, _: curve_to(0.6 + 0.01 * seed + 0.1 * len(arm.name)))
    assert gather(writer.history()).best("test/f1") == set()


def test_which_way_is_better(ladder):
    assert goal_of(ladder, "test/f1") == "maximize"
    assert goal_of(ladder, "test/loss") == "minimize"
    assert arrow(ladder, "test/loss") == "↓"
    assert goal_of(ladder, "test/accuracy") == "maximize"


class TestRefusals:
    def test_a_metric_that_nobody_reported_names_the_nearest(self, ladder):
        with pytest.raises(UnknownName, match="did you mean 'test/f1'"):
            gather(ladder, metrics=["test/f2"])

    def test_an_unknown_test(self, ladder):
        with pytest.raises(UnknownName, match="paired test"):
            gather(ladder, method="anova")

    def test_a_confidence_in_percent(self, ladder):
        with pytest.raises(UsageError, match="between 0 and 1"):
            gather(ladder, confidence=95)
