"""The forest plot: paired differences with the interval of the table, of complete runs only."""

from __future__ import annotations

import pytest

from sweep import report
from sweep.report import figures
from sweep.report.columns.design import reference_pairs
from sweep.report.figures.forest import stacked
from tests.sweep.report.figures.reading import differences, lines


class TestForest:
    def test_diamonds_dots_and_bars_are_the_differences_and_the_interval_of_the_table(
        self, full, drawn
    ):
        found = lines(drawn("forest"))
        by_arm = full.compared(reference_pairs(full)).of(full.metrics[0])
        for arm in ("+ focal", "+ dice"):
            expected = differences(full, arm)
            contrast = by_arm[arm].contrast
            assert found[f"change of {arm}"].get_xdata() == pytest.approx(
                [expected.mean()]
            )
            assert sorted(found[f"pairs of {arm}"].get_xdata()) == pytest.approx(
                sorted(expected)
            )
            interval = list(found[f"interval of {arm}"].get_xdata())
            assert interval == [contrast.low, contrast.high]

    def test_incomplete_runs_are_left_out_and_named(self, wounded):
        drawing = figures.draw("forest", wounded)
        expected = differences(wounded, "+ focal")
        assert len(expected) == 3
        assert sorted(lines(drawing)["pairs of + focal"].get_xdata()) == pytest.approx(
            sorted(expected)
        )
        assert "+ focal: 3 of 4 runs; left out: trial" in drawing.caption
        assert "(seed 1) failed" in drawing.caption
        assert "pruned" in drawing.caption

    def test_with_two_pairs_there_is_no_interval_and_the_diamond_is_hollow(
        self, study, ablation_of, full_text
    ):
        writer = study(full_text.replace("seeds: [0, 1, 2, 3]", "seeds: [0, 1]"))
        ablation_of(writer, {})
        drawing = figures.draw("forest", report.gather(writer.history()))
        assert "interval of + focal" not in lines(drawing)
        assert lines(drawing)["change of + focal"].get_markerfacecolor() == "white"
        assert "fewer than three pairs" in drawing.caption

    def test_equal_dots_do_not_lie_on_one_another(self):
        offsets = stacked([0.1, 0.2, 0.1, 0.1, 0.3])
        assert offsets[0] < offsets[2] < offsets[3]
        assert offsets[1] == offsets[4] == offsets[0]

    def test_an_arm_equal_to_its_reference_is_named_instead_of_drawn(self, drawn):
        double = "loss_type=ce, dice_weight=0.0"
        assert f"change of {double}" not in lines(drawn("forest"))
        assert (
            f"{double} is the same configuration as baseline" in drawn("forest").caption
        )
