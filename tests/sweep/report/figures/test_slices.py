"""Slices: value against each parameter; stopped trials lie under every value."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sweep.report.figures.reading import lines_in, trials_of


class TestSlices:
    def test_a_panel_has_the_completed_configurations_that_have_the_parameter(
        self, full, drawn
    ):
        panels = {
            axes.get_xlabel().partition(" (")[0]: axes
            for axes in drawn("slices").figure.axes
        }
        complete = [
            trial
            for trial in trials_of(full, "complete")
            if "focal_gamma" in trial.config
        ]
        points = lines_in(panels["focal_gamma"])["focal_gamma"]
        assert list(points.get_xdata()) == [
            trial.config["focal_gamma"] for trial in complete
        ]
        assert points.get_ydata() == pytest.approx(
            [max(trial.curve("val/f1").values()) for trial in complete]
        )
        assert panels["focal_gamma"].get_xlabel().endswith(f"(n = {len(complete)})")

    def test_a_parameter_searched_on_a_logarithmic_scale_is_shown_on_one(self, drawn):
        scale = {
            axes.get_xlabel().partition(" (")[0]: axes.get_xscale()
            for axes in drawn("slices").figure.axes
        }
        assert scale == {
            "loss_type": "linear",
            "focal_gamma": "linear",
            "dice_weight": "linear",
            "learning_rate": "log",
        }

    def test_stopped_trials_lie_under_every_value_tick(self, full, drawn):
        axes = drawn("slices").figure.axes[0]
        pruned = lines_in(axes)["pruned"]
        assert len(pruned.get_xdata()) == len(trials_of(full, "pruned"))
        heights = pruned.get_transform().transform(
            np.c_[pruned.get_xdata(), pruned.get_ydata()]
        )[:, 1]
        lowest_tick = axes.transData.transform([(0, min(axes.get_yticks()))])[0, 1]
        lowest_value = min(
            axes.transData.transform(lines_in(axes)["loss_type"].get_xydata())[:, 1]
        )
        assert heights.max() < min(lowest_tick, lowest_value)
