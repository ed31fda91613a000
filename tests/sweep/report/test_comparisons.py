"""Arms are compared seed by seed, one configuration once, all of a table as one family."""

import math

import numpy as np
import pytest
from scipy import stats

from sweep.report.comparisons import compare_arms, overlap, paired
from sweep.report.evidence import gather
from sweep.statistics import family

FOLDS = """
name: folds
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 3, w: {min: 0.0, max: 2.0}}
ablation: {baseline: {w: 0.0}, seeds: [0, 1], folds: 5, designs: {arms: {heavy: {w: 1.0}}}}
report: {metrics: [test/f1]}
"""


def test_arms_are_compared_seed_by_seed(ladder):
    (comparison,) = (
        gather(ladder).compared([("+ focal", "baseline")], ["test/f1"]).comparisons
    )
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
    expected = family.compare(
        np.array(read["+ focal"])[:, None], read["baseline"]
    ).contrasts[0]
    assert (comparison.contrast.low, comparison.contrast.high) == (
        expected.low,
        expected.high,
    )
    assert comparison.contrast.p == expected.p == 2 / 2**6
    assert comparison.trials == tuple(
        sorted(t.number for runs in values.values() for t in runs)
    )


def test_a_shared_seed_effect_does_not_widen_the_interval(ladder):
    evidence = gather(ladder)
    (paired,) = evidence.compared([("+ focal", "baseline")], ["test/f1"]).comparisons
    assert paired.contrast.sd < evidence.estimate("baseline", "test/f1")[0].sd / 2


def test_seeds_of_a_fold_are_averaged_and_the_folds_correlation_corrected(
    study, curve_to, run_all
):
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
        lambda arm, seed, _: curve_to(
            0.5 + arm.config["w"] * (0.1 + 0.01 * seed) + 0.003 * seed
        ),
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
    arms = np.column_stack(
        [evidence.values(arm, m) for m in metrics for arm, _ in pairs]
    )
    references = np.column_stack(
        [evidence.values("baseline", m) for m in metrics for _ in pairs]
    )
    expected = family.compare(arms, references)
    assert [c.contrast.high for c in together.comparisons] == [
        contrast.high for contrast in expected.contrasts
    ]


def test_folds_are_corrected_unless_they_share_a_test_set(study):
    own = gather(study(FOLDS).history())
    assert overlap(own, ["test/f1"]) == 1 / 4
    clip = FOLDS.replace("own_trainer:train", "clip").replace(
        "val/f1", "val/balanced_accuracy"
    )
    clip = clip.replace("w: {min: 0.0, max: 2.0}", "temperature: {min: 0.1, max: 2.0}")
    clip = clip.replace("w: ", "temperature: ").replace("0.0}", "0.5}")
    clip = clip.replace("test/f1", "test/balanced_accuracy")
    bundled = gather(study(clip).history())
    assert overlap(bundled, ["val/balanced_accuracy"]) == 1 / 4
    assert overlap(bundled, ["test/balanced_accuracy"]) is None


def test_two_names_of_one_configuration_are_the_same_and_not_tested(
    study, curve_to, run_all
):
    twice = FOLDS.replace(", folds: 5", "").replace(
        "heavy: {w: 1.0}", "heavy: {w: 1.0}, again: {w: 1.0}"
    )
    writer = study(twice)
    run_all(
        writer, lambda arm, seed, _: curve_to(0.5 + 0.1 * arm.config["w"] + 0.01 * seed)
    )
    evidence = gather(writer.history())
    compared = compare_arms(
        evidence, [("again", "heavy"), ("heavy", "baseline")], ["test/f1"]
    )
    same, other = compared.comparisons
    assert (same.same, same.contrast, same.trials) == (True, None, ())
    assert (other.same, other.contrast.n) == (False, 2)
    assert compared.family.contrasts == (other.contrast,)


def test_arms_without_a_common_seed_have_no_change(study, curve_to, run_all):
    writer = study(FOLDS.replace(", folds: 5", ""))
    seed_of = {"baseline": 0, "heavy": 1}
    run_all(
        writer,
        lambda arm, seed, _: curve_to(0.6) if seed == seed_of[arm.name] else None,
    )
    evidence = gather(writer.history())
    (comparison,) = compare_arms(
        evidence, [("heavy", "baseline")], ["test/f1"]
    ).comparisons
    assert comparison.contrast is None
    assert comparison.differences == ()
    assert comparison.relative is None


def test_a_seed_that_one_arm_lacks_has_a_row_and_no_value(study, curve_to, run_all):
    writer = study(FOLDS.replace(", folds: 5", ""))
    missing = ("heavy", 0)
    run_all(
        writer,
        lambda arm, seed, _: (
            None if (arm.name, seed) == missing else curve_to(0.6 + seed / 10)
        ),
    )
    evidence = gather(writer.history())
    rows = paired(evidence, "heavy", "baseline", "test/f1")
    assert math.isnan(rows.arm[0])
    assert math.isnan(rows.reference[0])
    assert (rows.arm[1], rows.reference[1]) == (pytest.approx(0.7), pytest.approx(0.7))
    assert {evidence.history.trials[number].seed for number in rows.trials} == {1}


def test_differences_and_the_share_of_the_reference_are_those_of_the_pairs(ladder):
    evidence = gather(ladder)
    (comparison,) = compare_arms(
        evidence, [("+ focal", "baseline")], ["test/f1"]
    ).comparisons
    here, there = (evidence.values(arm, "test/f1") for arm in ("+ focal", "baseline"))
    assert comparison.differences == pytest.approx(tuple(np.subtract(here, there)))
    assert comparison.contrast.mean == pytest.approx(np.mean(here) - np.mean(there))
    assert comparison.relative.value == pytest.approx(
        np.mean(here) / np.mean(there) - 1
    )


def test_seeds_of_one_split_do_not_overlap(ladder):
    assert overlap(gather(ladder), ["test/f1"]) is None
