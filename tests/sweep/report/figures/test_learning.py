"""Learning curves: the mean over runs, the band, and where a curve ends."""

from __future__ import annotations

import numpy as np
import pytest

from sweep import report
from sweep.report import figures
from tests.sweep.report.figures.reading import lines


class TestLearning:
    def test_draws_the_mean_over_runs_of_the_validation_metric(self, full, drawn):
        line = lines(drawn("learning"))["+ focal"]
        rows = report.results_frame(full.history)
        trials = rows.loc[rows["arm"] == "+ focal", "trial"]
        frame = report.epochs_frame(full.history, ["val/f1"], trials)
        assert list(line.get_xdata()) == list(range(1, 10))
        assert line.get_ydata() == pytest.approx(
            frame.groupby("epoch")["val/f1"].mean().to_numpy()
        )

    def test_the_band_is_one_standard_deviation_and_says_so(self, full, drawn):
        axes = drawn("learning").figure.axes[0]
        vertices = axes.collections[0].get_paths()[0].vertices
        first = [y for x, y in vertices if x == 1.0]
        rows = report.results_frame(full.history)
        trials = rows.loc[rows["arm"] == "baseline", "trial"]
        values = [full.history.trials[trial].curve("val/f1")[0] for trial in trials]
        assert max(first) - min(first) == pytest.approx(2 * np.std(values, ddof=1))
        assert "one standard deviation" in drawn("learning").caption

    def test_a_curve_ends_where_the_first_of_its_runs_ends(self, study, full_text):
        writer = study(full_text)
        arm = writer.decide({"focal_gamma": 2.0, "learning_rate": 0.001})[0]
        for seed, epochs in enumerate([9, 5]):
            writer.trial(
                arm.config,
                [{"val/f1": 0.1 * epoch} for epoch in range(epochs)],
                seed=seed,
            )
        line = lines(
            figures.draw(
                "learning", report.gather(writer.history(), metrics=["val/f1"])
            )
        )["baseline"]
        assert list(line.get_xdata()) == [1, 2, 3, 4, 5]

    def test_more_than_four_arms_get_a_panel_each_with_the_baseline_in_every_other(
        self, study, ablation_of, full_text
    ):
        text = full_text.replace(
            "    path:", "    arms: {rate: {learning_rate: 0.002}}\n    path:"
        )
        writer = study(text)
        ablation_of(writer, {})
        figure = figures.draw("learning", report.gather(writer.history())).figure
        assert len(figure.axes) == 5
        assert [len(axes.lines) for axes in figure.axes] == [1, 2, 2, 2, 2]

    def test_failed_and_pruned_runs_have_no_part_in_a_curve(self, wounded):
        drawing = figures.draw("learning", wounded)
        said = [
            text.get_text().replace("\n", " ")
            for text in drawing.figure.legends[0].get_texts()
        ]
        assert any(
            text.startswith("+ focal") and text.endswith("(n = 3)") for text in said
        )
        assert "failed" in drawing.caption
