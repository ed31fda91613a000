"""The ladder: bars from mean to mean, over the runs that every step has."""

from __future__ import annotations

import numpy as np
import pytest

from sweep import report
from sweep.report import figures
from tests.sweep.report.figures.reading import values_of


class TestLadder:
    def test_bars_go_from_mean_to_mean(self, full, drawn):
        means = [
            np.mean(list(values_of(full, arm).values()))
            for arm in ("baseline", "+ focal", "+ dice")
        ]
        bars = drawn("ladder").figure.axes[0].patches
        assert [bar.get_x() for bar in bars] == pytest.approx(means[:-1])
        assert [bar.get_x() + bar.get_width() for bar in bars] == pytest.approx(
            means[1:]
        )

    def test_a_step_for_the_worse_is_hatched_not_only_coloured(self, drawn):
        better, worse = drawn("ladder").figure.axes[0].patches
        assert better.get_width() > 0
        assert better.get_hatch() in (None, "")
        assert worse.get_width() < 0
        assert worse.get_hatch()

    def test_only_seeds_that_every_rung_has_are_drawn_so_that_steps_add_up(
        self, wounded
    ):
        bars = figures.draw("ladder", wounded).figure.axes[0].patches
        arms = [values_of(wounded, arm) for arm in ("baseline", "+ focal", "+ dice")]
        means = [np.mean([arm[seed] for seed in (0, 3)]) for arm in arms]
        assert [bar.get_x() for bar in bars] == pytest.approx(means[:-1])
        assert sum(bar.get_width() for bar in bars) == pytest.approx(
            means[-1] - means[0]
        )
        assert "over the 2 runs" in figures.draw("ladder", wounded).caption

    def test_a_ladder_without_a_common_run_has_no_figure(
        self, study, ablation_of, full_text
    ):
        writer = study(full_text)
        ablation_of(
            writer, {}, broken=[(("+ focal", seed), "failed") for seed in range(4)]
        )
        assert figures.draw("ladder", report.gather(writer.history())) is None
