"""Frames say what the log says."""

import numpy as np
import pandas as pd
import pytest

from sweep.report.frames import epochs_frame, results_frame, trials_frame


def test_trials_frame_has_one_row_a_trial(ladder):
    frame = trials_frame(ladder)
    assert list(frame["trial"]) == list(ladder.trials)
    assert set(frame["state"]) == {"complete"}
    assert (frame["epochs"] == 3).all()
    assert (frame["budget"] == 3).all()
    assert frame["fold"].isna().all()
    assert frame.loc[0, "config.loss_type"] == "ce"
    assert frame.loc[0, "seconds"] == pytest.approx(ladder.trials[0].seconds)


def test_epochs_frame_has_one_row_an_epoch_and_only_the_metrics_asked_for(ladder):
    frame = epochs_frame(ladder, ["val/f1"], trials=[3, 1])
    assert list(frame.columns) == ["trial", "epoch", "seconds", "val/f1"]
    assert list(frame["trial"]) == [3, 3, 3, 1, 1, 1]
    assert list(frame["epoch"]) == [1, 2, 3] * 2
    assert set(epochs_frame(ladder).columns) >= {
        "val/f1",
        "test/f1",
        "test/loss",
        "train/loss",
    }


def test_epochs_are_counted_from_one_whatever_the_trainer_calls_its_first(study):
    writer = study()
    for first in (0, 1):
        writer.add(
            "trial_created", trial=first, stage="ablation", label="t", config={"epochs": 2}, seed=0,
            fold=None, attributes={},
        )  # fmt: skip
        writer.add("trial_started", trial=first, attempt=1, worker="w")
        for epoch in (first, first + 1):
            writer.add(
                "epoch", trial=first, epoch=epoch, metrics={"val/f1": 0.5}, seconds=1.0,
                checkpoint=None,
            )  # fmt: skip
    frame = epochs_frame(writer.history())
    assert list(frame["epoch"]) == [1, 2, 1, 2]
    assert list(trials_frame(writer.history())["epochs"]) == [2, 2]


def test_a_metric_that_was_not_finite_is_nan(study):
    writer = study()
    writer.trial({"epochs": 2}, [{"val/f1": None}, {"val/f1": 0.5, "late": 1.0}])
    frame = epochs_frame(writer.history())
    np.testing.assert_array_equal(frame["val/f1"], [np.nan, 0.5])
    np.testing.assert_array_equal(frame["late"], [np.nan, 1.0])


def test_results_are_read_at_the_best_epoch_of_the_studys_metric_never_of_the_reported_one(
    study, curve_to
):
    writer = study()
    arm = writer.decide()[0]
    curve = curve_to(0.6, best=1)
    curve[2]["test/f1"] = 0.99  # a better test value at a worse validation epoch
    writer.trial(arm.config, curve, seed=0)
    row = results_frame(writer.history()).iloc[0]
    assert (row["selected"], row["test/f1"]) == (2, 0.6)


def test_results_are_read_at_the_last_epoch_when_the_study_says_so(
    study, ladder_study, curve_to
):
    writer = study(ladder_study.replace("report: {", "report: {select: last, "))
    arm = writer.decide()[0]
    writer.trial(arm.config, curve_to(0.6, best=1), seed=0)
    row = results_frame(writer.history()).iloc[0]
    assert (row["selected"], row["test/f1"]) == (3, -1.0)


def test_every_arm_seed_and_fold_has_a_row_also_without_a_trial(study, curve_to):
    writer = study()
    arms = writer.decide()
    writer.trial(arms[0].config, curve_to(0.6), seed=3)
    frame = results_frame(writer.history())
    assert len(frame) == len(arms) * 6
    there = frame[frame["trial"].notna()]
    assert list(there[["arm", "seed", "state"]].itertuples(index=False, name=None)) == [
        ("baseline", 3, "complete")
    ]
    assert set(frame.loc[frame["trial"].isna(), "state"]) == {"missing"}


def test_arms_of_one_configuration_share_their_trials(study, curve_to, run_all):
    writer = study(
        """
name: shared
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 3, w: {min: 0.0, max: 2.0}}
ablation:
  baseline: {w: 0.0}
  seeds: [0, 1]
  designs: {ladder: {"+ w": {w: 1.0}}, one_at_a_time: {w: [1.0]}}
"""
    )
    run_all(writer, lambda *_: curve_to(0.6))
    frame = results_frame(writer.history())
    assert len(frame) == 6
    assert frame["trial"].nunique() == 4


def test_a_study_without_ablation_has_no_results(study):
    writer = study(
        """
name: search_only
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters: {w: {min: 0.0, max: 1.0}}
search: {method: random, trials: 2}
"""
    )
    assert isinstance(results_frame(writer.history()), pd.DataFrame)
    assert results_frame(writer.history()).empty
