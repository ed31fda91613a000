"""Which runs are averaged, how arms are paired, which are best."""

import numpy as np
import pytest
from scipy import stats

from sweep.errors import UnknownName, UsageError
from sweep.report.comparisons import fold_ratio
from sweep.report.evidence import arrow, gather, goal_of
from sweep.statistics import best, family

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
    (comparison,) = gather(ladder).compared([("+ focal", "baseline")], ["test/f1"]).comparisons
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
    expected = family.compare(np.array(read["+ focal"])[:, None], read["baseline"]).contrasts[0]
    assert (comparison.contrast.low, comparison.contrast.high) == (expected.low, expected.high)
    assert comparison.contrast.p == expected.p == 2 / 2**6
    assert comparison.trials == tuple(sorted(t.number for runs in values.values() for t in runs))


def test_a_shared_seed_effect_does_not_widen_the_interval(ladder):
    evidence = gather(ladder)
    (paired,) = evidence.compared([("+ focal", "baseline")], ["test/f1"]).comparisons
    assert paired.contrast.sd < evidence.estimate("baseline", "test/f1")[0].sd / 2


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
    pairs = [("+ focal", "baseline"), ("+ dice", "baseline")]
    found = evidence.compared(pairs, ["test/f1"]).of("test/f1")
    assert {arm: each.contrast.n for arm, each in found.items()} == {"+ focal": 5, "+ dice": 6}
    assert 2 not in found["+ focal"].contrast.rows


def test_seeds_of_a_fold_are_averaged_and_the_folds_correlation_corrected(study, curve_to, run_all):
    writer = study(FOLDS)
    gain = {0: 0.01, 1: 0.02, 2: 0.03, 3: 0.02, 4: 0.07}
    run_all(
        writer,
        lambda arm, seed, fold: curve_to(
            0.5 + (gain[fold] + 0.004 * seed if arm.name == "heavy" else 0)
        ),
    )
    evidence = gather(writer.history())
    (comparison,) = evidence.compared([("heavy", "baseline")], ["test/f1"]).comparisons
    change = comparison.contrast
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
    pairs = [(arm, "baseline") for arm in list(evidence.arms)[1:]]
    together = evidence.compared(pairs, ["test/f1"])
    assert len(together.comparisons) == 3
    assert together.family.tested == 2
    assert [c.contrast.p for c in together.comparisons] == pytest.approx([2 / 2**7] * 3)


def test_several_metrics_are_one_family(ladder):
    evidence = gather(ladder)
    pairs = [("+ focal", "baseline"), ("+ dice", "baseline")]
    metrics = ["test/f1", "test/loss"]
    together = evidence.compared(pairs, metrics)
    arms = np.column_stack([evidence.values(arm, m) for m in metrics for arm, _ in pairs])
    references = np.column_stack([evidence.values("baseline", m) for m in metrics for _ in pairs])
    expected = family.compare(arms, references)
    assert [c.contrast.high for c in together.comparisons] == [
        contrast.high for contrast in expected.contrasts
    ]


def test_folds_are_corrected_unless_they_share_a_test_set(study):
    own = gather(study(FOLDS).history())
    assert fold_ratio(own, ["test/f1"]) == 1 / 4
    clip = FOLDS.replace("own_trainer:train", "clip").replace("val/f1", "val/balanced_accuracy")
    clip = clip.replace("w: {min: 0.0, max: 2.0}", "temperature: {min: 0.1, max: 2.0}")
    clip = clip.replace("w: ", "temperature: ").replace("0.0}", "0.5}")
    clip = clip.replace("test/f1", "test/balanced_accuracy")
    bundled = gather(study(clip).history())
    assert fold_ratio(bundled, ["val/balanced_accuracy"]) == 1 / 4
    assert fold_ratio(bundled, ["test/balanced_accuracy"]) is None


def test_best_is_what_no_other_arm_is_significantly_better_than(ladder):
    evidence = gather(ladder)
    for metric, goal in (("test/f1", "maximize"), ("test/loss", "minimize")):
        values = np.column_stack([evidence.values(arm, metric) for arm in evidence.arms])
        assert evidence.best(metric) == best.best(values, goal)
        means = values.mean(axis=0) if goal == "maximize" else -values.mean(axis=0)
        assert evidence.best(metric).bold[int(np.argmax(means))]


def test_nothing_is_best_of_two_seeds(study, ladder_study, curve_to, run_all):
    writer = study(ladder_study.replace("[0, 1, 2, 3, 4, 5]", "[0, 1]"))
    run_all(writer, lambda arm, seed, _: curve_to(0.6 + 0.01 * seed + 0.1 * len(arm.name)))
    assert not any(gather(writer.history()).best("test/f1").bold)


def test_which_way_is_better(ladder):
    assert goal_of(ladder, "test/f1") == "maximize"
    assert goal_of(ladder, "test/loss") == "minimize"
    assert arrow(ladder, "test/loss") == "↓"
    assert goal_of(ladder, "test/accuracy") == "maximize"


class TestRefusals:
    def test_a_metric_that_nobody_reported_names_the_nearest(self, ladder):
        with pytest.raises(UnknownName, match="did you mean 'test/f1'"):
            gather(ladder, metrics=["test/f2"])

    def test_a_confidence_in_percent(self, ladder):
        with pytest.raises(UsageError, match="between 0 and 1"):
            gather(ladder, confidence=95)
