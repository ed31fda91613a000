"""Parallel coordinates: a line ends at its value, or before it for a stopped trial."""

from __future__ import annotations

import pytest

from tests.sweep.report.figures.reading import trials_of


class TestParallel:
    def test_lines_end_at_the_value_for_completed_ones_and_before_it_for_the_others(
        self, full, drawn
    ):
        stopped, complete = drawn("parallel").figure.axes[0].collections
        tried = full.searched
        done = [seen.value for seen in tried if seen.value is not None]
        assert sorted(complete.get_array()) == pytest.approx(sorted(done))
        assert {len(path.vertices) for path in complete.get_paths()} == {5}
        assert len(stopped.get_paths()) == len(tried) - len(done)
        assert {len(path.vertices) for path in stopped.get_paths()} == {4}

    def test_an_inactive_parameter_is_passed_below_its_axis(self, full, drawn):
        _, complete = drawn("parallel").figure.axes[0].collections
        without = sum(
            "focal_gamma" not in trial.config for trial in trials_of(full, "complete")
        )
        below = [path for path in complete.get_paths() if path.vertices[1][1] < 0]
        assert len(below) == without
        assert all(
            0 <= height <= 1
            for path in complete.get_paths()
            for _, height in path.vertices[[0, 2, 3, 4]]
        )
