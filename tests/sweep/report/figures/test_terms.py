"""Shares, gradient norms and weights of the terms of a loss."""

from __future__ import annotations

import numpy as np
import pytest

from sweep import report
from sweep.report import figures
from tests.sweep.report.figures.reading import lines


class TestTerms:
    def test_shares_are_stacked_to_one(self, drawn):
        first, second = drawn("shares").figure.axes[0].collections[:2]
        at = 3.0
        tops = [
            max(y for x, y in area.get_paths()[0].vertices if x == at)
            for area in (first, second)
        ]
        assert tops == pytest.approx([0.7 - 0.02 * 2, 1.0])

    def test_gradient_norms_and_weights_are_means_over_the_runs(self, drawn):
        shift = 0.01 * np.mean([0, 1, 2, 3])  # of the four seeds
        gradient = lines(drawn("gradients"))["ce"].get_ydata()
        assert gradient == pytest.approx(
            [2.0 / (epoch + 1) + shift for epoch in range(9)]
        )
        weight = lines(drawn("weights"))["dice"].get_ydata()
        assert weight == pytest.approx(
            [0.5 + 0.05 * epoch + shift for epoch in range(9)]
        )

    def test_a_gradient_of_zero_gives_a_linear_axis(self, study, full_text):
        writer = study(full_text)
        arm = writer.decide({"focal_gamma": 2.0, "learning_rate": 0.001})[0]
        writer.trial(
            arm.config,
            [
                {"val/f1": 0.5, "train/grad_norm/gate": float(epoch)}
                for epoch in range(3)
            ],
        )
        drawing = figures.draw(
            "gradients", report.gather(writer.history(), metrics=["val/f1"])
        )
        assert drawing.figure.axes[0].get_yscale() == "linear"
        assert "logarithmic" not in drawing.caption

    def test_one_term_has_no_shares_and_constant_weights_no_figure(
        self, study, full_text
    ):
        writer = study(full_text)
        arm = writer.decide({"focal_gamma": 2.0, "learning_rate": 0.001})[0]
        report_of_one = {
            "val/f1": 0.5,
            "train/share/ce": 1.0,
            "train/weight/ce": 0.7,
            "train/grad_norm/ce": 2.0,
        }
        writer.trial(arm.config, [report_of_one] * 3)
        evidence = report.gather(writer.history(), metrics=["val/f1"])
        assert figures.draw("shares", evidence) is None
        assert figures.draw("weights", evidence) is None
        assert figures.draw("gradients", evidence) is not None
