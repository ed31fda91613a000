"""The path figure: the steps that were kept, and beside them what was tried."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sweep import report
from sweep.report import figures
from tests.sweep.report.figures.reading import lines, values_of


class TestPath:
    def test_the_line_runs_from_the_start_over_the_kept_steps(self, full, drawn):
        kept = [
            arm.name for arm in full.history.arms if arm.design == "path" and arm.kept
        ]
        means = [
            np.mean(list(values_of(full, name).values()))
            for name in ("baseline", *kept)
        ]
        assert len(kept) == 2
        assert lines(drawn("path"))["kept"].get_xdata() == pytest.approx(means)

    def test_changes_tried_and_not_kept_are_drawn_as_points(self, full, drawn):
        (other,) = [
            a.name for a in full.history.arms if a.design == "path" and not a.kept
        ]
        mean = math.fsum(values_of(full, other).values()) / 4
        assert lines(drawn("path"))["tried"].get_xdata() == pytest.approx([mean])

    def test_an_unfinished_path_says_so(self, study, ablation_of, path_of, full_text):
        writer = study(full_text)
        ablation_of(writer, {})
        path_of(writer)
        last = max(
            i
            for i, event in enumerate(writer.events)
            if event["event"] == "arms_decided"
        )
        del writer.events[last:]
        drawing = figures.draw("path", report.gather(writer.history()))
        assert "has not reached its end yet" in drawing.caption
