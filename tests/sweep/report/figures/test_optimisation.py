"""Optimisation: values of completed trials only; the others lie in a strip of their own."""

from __future__ import annotations

import numpy as np
import pytest

from sweep import report
from sweep.report import figures
from tests.sweep.report.figures.reading import lines_in, trials_of


class TestOptimisation:
    def test_points_are_the_completed_trials_at_their_best_epoch(self, full, drawn):
        points = lines_in(drawn("optimisation").figure.axes[0])["complete"]
        complete = trials_of(full, "complete")
        assert list(points.get_xdata()) == [trial.number + 1 for trial in complete]
        assert points.get_ydata() == pytest.approx(
            [max(trial.curve("val/f1").values()) for trial in complete]
        )

    def test_the_best_so_far_counts_completed_trials_only(self, full, drawn):
        line = lines_in(drawn("optimisation").figure.axes[0])["best so far"].get_ydata()
        complete = [
            max(trial.curve("val/f1").values()) for trial in trials_of(full, "complete")
        ]
        assert line[:-1] == pytest.approx(np.maximum.accumulate(complete))
        assert line[-1] == line[-2]

    def test_pruned_failed_and_running_trials_are_in_a_strip_without_a_scale(
        self, full, drawn
    ):
        values, strip = drawn("optimisation").figure.axes
        assert set(lines_in(values)) == {"complete", "best so far"}
        for state in ("pruned", "failed", "running"):
            numbers = [trial.number + 1 for trial in trials_of(full, state)]
            assert list(lines_in(strip)[state].get_xdata()) == numbers
        assert [tick.get_text() for tick in strip.get_yticklabels()] == [
            "pruned",
            "failed",
            "running",
        ]

    def test_with_several_seeds_a_point_is_their_mean_once_all_are_complete(
        self, study, full_text
    ):
        writer = study(full_text.replace("trials: 40", "trials: 2, seeds: [0, 1]"))
        config = {
            "epochs": 9,
            "loss_type": "ce",
            "dice_weight": 0.0,
            "learning_rate": 0.001,
        }
        for seed, value in enumerate([0.4, 0.6]):
            writer.trial(
                config,
                [{"val/f1": value}],
                stage="search",
                seed=seed,
                attributes={"suggestion": 0},
            )
        other = config | {"dice_weight": 1.0}
        writer.trial(
            other,
            [{"val/f1": 0.9}],
            stage="search",
            seed=0,
            attributes={"suggestion": 1},
        )
        drawing = figures.draw(
            "optimisation", report.gather(writer.history(), metrics=["val/f1"])
        )
        points = lines_in(drawing.figure.axes[0])["complete"]
        assert list(points.get_ydata()) == [0.5]
        assert "1 complete, 1 running" in drawing.caption

    def test_a_smaller_loss_is_a_better_one(self, study, full_text):
        writer = study(
            full_text.replace("val/f1, goal: maximize", "val/loss, goal: minimize")
        )
        for suggestion, value in enumerate([0.5, 0.7, 0.3]):
            config = {
                "epochs": 9,
                "loss_type": "ce",
                "dice_weight": 0.0,
                "learning_rate": 0.001 + suggestion / 1000,
            }
            writer.trial(
                config,
                [{"val/loss": value}],
                stage="search",
                attributes={"suggestion": suggestion},
            )
        drawing = figures.draw(
            "optimisation", report.gather(writer.history(), metrics=["val/loss"])
        )
        assert list(lines_in(drawing.figure.axes[0])["best so far"].get_ydata()) == [
            0.5,
            0.5,
            0.3,
            0.3,
        ]
