"""Interactions: a cell is the mean of its arm; one without a run is hatched."""

from __future__ import annotations

import numpy as np
import pytest

from sweep import report
from sweep.report import figures
from tests.sweep.report.figures.reading import values_of


class TestInteractions:
    def test_cells_are_the_means_of_their_arms(self, full, drawn):
        image = np.ma.getdata(
            drawn("interactions").figure.axes[0].images[0].get_array()
        )
        expected = [
            [
                np.mean(
                    list(
                        values_of(
                            full, f"loss_type={loss}, dice_weight={dice}"
                        ).values()
                    )
                )
                for dice in ("0.0", "1.0")
            ]
            for loss in ("ce", "focal")
        ]
        assert image == pytest.approx(np.array(expected))

    def test_a_cell_without_a_complete_run_is_hatched_and_has_no_number(
        self, study, ablation_of, full_text
    ):
        writer = study(full_text)
        name = "loss_type=ce, dice_weight=1.0"
        ablation_of(writer, {}, broken=[((name, seed), "failed") for seed in range(4)])
        drawing = figures.draw("interactions", report.gather(writer.history()))
        axes = drawing.figure.axes[0]
        assert [patch.get_hatch() for patch in axes.patches] == ["////"]
        assert len([text for text in axes.texts if "n = " in text.get_text()]) == 3
        assert "hatched" in drawing.caption
