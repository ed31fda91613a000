"""Figures about arms draw what the frames hold, of complete runs only, and say what is missing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sweep import report
from sweep.report import figures


def lines(drawing):
    """Label → its line, over all axes."""
    return {line.get_label(): line for axes in drawing.figure.axes for line in axes.lines}


def values_of(evidence, arm, metric="test/f1"):
    """Seed → value of an arm's complete runs."""
    rows = report.results_frame(evidence.history)
    rows = rows[(rows["arm"] == arm) & (rows["state"] == "complete")]
    return dict(zip(rows["seed"], rows[metric], strict=True))


def differences(evidence, arm, reference="baseline"):
    mine, theirs = values_of(evidence, arm), values_of(evidence, reference)
    return np.array([mine[seed] - theirs[seed] for seed in sorted(mine.keys() & theirs.keys())])


@pytest.fixture
def wounded(study, ablation_of, full_text):
    """One rung lost a run to a failure, the next to the pruner."""
    writer = study(full_text)
    broken = [(("+ focal", 1), "failed"), (("+ dice", 2), "pruned")]
    ablation_of(writer, {"+ focal": 0.08, "+ dice": 0.07}, broken=broken)
    return report.gather(writer.history())


class TestForest:
    def test_diamonds_dots_and_bars_are_the_paired_differences_and_their_t_interval(
        self, full, drawn
    ):
        found = lines(drawn("forest"))
        for arm in ("+ focal", "+ dice"):
            expected = differences(full, arm)
            interval = stats.ttest_1samp(expected, 0).confidence_interval(0.95)
            assert found[f"change of {arm}"].get_xdata() == pytest.approx([expected.mean()])
            assert sorted(found[f"pairs of {arm}"].get_xdata()) == pytest.approx(sorted(expected))
            assert found[f"interval of {arm}"].get_xdata() == pytest.approx(list(interval))

    def test_runs_that_are_no_result_are_left_out_and_named(self, wounded):
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
        assert "fewer than 3 pairs" in drawing.caption

    def test_an_arm_that_is_its_reference_is_not_drawn_but_said(self, drawn):
        double = "loss_type=ce, dice_weight=0.0"
        assert f"change of {double}" not in lines(drawn("forest"))
        assert f"{double} is the same configuration as baseline" in drawn("forest").caption


class TestLadder:
    def test_bars_go_from_mean_to_mean(self, full, drawn):
        means = [
            np.mean(list(values_of(full, arm).values()))
            for arm in ("baseline", "+ focal", "+ dice")
        ]
        bars = drawn("ladder").figure.axes[0].patches
        assert [bar.get_x() for bar in bars] == pytest.approx(means[:-1])
        assert [bar.get_x() + bar.get_width() for bar in bars] == pytest.approx(means[1:])

    def test_a_step_for_the_worse_is_hatched_not_only_coloured(self, drawn):
        better, worse = drawn("ladder").figure.axes[0].patches
        assert better.get_width() > 0
        assert better.get_hatch() in (None, "")
        assert worse.get_width() < 0
        assert worse.get_hatch()

    def test_only_seeds_that_every_rung_has_are_drawn_so_that_steps_add_up(self, wounded):
        bars = figures.draw("ladder", wounded).figure.axes[0].patches
        arms = [values_of(wounded, arm) for arm in ("baseline", "+ focal", "+ dice")]
        means = [np.mean([arm[seed] for seed in (0, 3)]) for arm in arms]
        assert [bar.get_x() for bar in bars] == pytest.approx(means[:-1])
        assert sum(bar.get_width() for bar in bars) == pytest.approx(means[-1] - means[0])
        assert "over the 2 runs" in figures.draw("ladder", wounded).caption

    def test_there_is_none_without_a_run_that_every_rung_has(self, study, ablation_of, full_text):
        writer = study(full_text)
        ablation_of(writer, {}, broken=[(("+ focal", seed), "failed") for seed in range(4)])
        assert figures.draw("ladder", report.gather(writer.history())) is None


class TestLearning:
    def test_draws_the_mean_over_runs_of_the_validation_metric(self, full, drawn):
        line = lines(drawn("learning"))["+ focal"]
        rows = report.results_frame(full.history)
        trials = rows.loc[rows["arm"] == "+ focal", "trial"]
        frame = report.epochs_frame(full.history, ["val/f1"], trials)
        assert list(line.get_xdata()) == list(range(1, 10))
        assert line.get_ydata() == pytest.approx(frame.groupby("epoch")["val/f1"].mean().to_numpy())

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
                arm.config, [{"val/f1": 0.1 * epoch} for epoch in range(epochs)], seed=seed
            )
        line = lines(figures.draw("learning", report.gather(writer.history(), metrics=["val/f1"])))[
            "baseline"
        ]
        assert list(line.get_xdata()) == [1, 2, 3, 4, 5]

    def test_more_than_four_arms_get_a_panel_each_with_the_baseline_in_every_other(
        self, study, ablation_of, full_text
    ):
        text = full_text.replace("    path:", "    arms: {rate: {learning_rate: 0.002}}\n    path:")
        writer = study(text)
        ablation_of(writer, {})
        figure = figures.draw("learning", report.gather(writer.history())).figure
        assert len(figure.axes) == 5
        assert [len(axes.lines) for axes in figure.axes] == [1, 2, 2, 2, 2]

    def test_failed_and_pruned_runs_have_no_part_in_a_curve(self, wounded):
        drawing = figures.draw("learning", wounded)
        said = [
            text.get_text().replace("\n", " ") for text in drawing.figure.legends[0].get_texts()
        ]
        assert any(text.startswith("+ focal") and text.endswith("(n = 3)") for text in said)
        assert "failed" in drawing.caption


class TestTerms:
    def test_shares_are_stacked_to_one(self, drawn):
        first, second = drawn("shares").figure.axes[0].collections[:2]
        at = 3.0
        tops = [
            max(y for x, y in area.get_paths()[0].vertices if x == at) for area in (first, second)
        ]
        assert tops == pytest.approx([0.7 - 0.02 * 2, 1.0])

    def test_gradient_norms_and_weights_are_means_over_the_runs(self, drawn):
        shift = 0.01 * np.mean([0, 1, 2, 3])  # of the four seeds
        gradient = lines(drawn("gradients"))["ce"].get_ydata()
        assert gradient == pytest.approx([2.0 / (epoch + 1) + shift for epoch in range(9)])
        weight = lines(drawn("weights"))["dice"].get_ydata()
        assert weight == pytest.approx([0.5 + 0.05 * epoch + shift for epoch in range(9)])

    def test_a_gradient_of_zero_gives_a_linear_axis(self, study, full_text):
        writer = study(full_text)
        arm = writer.decide({"focal_gamma": 2.0, "learning_rate": 0.001})[0]
        writer.trial(
            arm.config,
            [{"val/f1": 0.5, "train/grad_norm/gate": float(epoch)} for epoch in range(3)],
        )
        drawing = figures.draw("gradients", report.gather(writer.history(), metrics=["val/f1"]))
        assert drawing.figure.axes[0].get_yscale() == "linear"
        assert "logarithmic" not in drawing.caption

    def test_one_term_has_no_shares_and_constant_weights_no_figure(self, study, full_text):
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


class TestInteractions:
    def test_cells_are_the_means_of_their_arms(self, full, drawn):
        image = np.ma.getdata(drawn("interactions").figure.axes[0].images[0].get_array())
        expected = [
            [
                np.mean(list(values_of(full, f"loss_type={loss}, dice_weight={dice}").values()))
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


class TestPath:
    def test_the_line_runs_from_the_start_over_the_kept_steps(self, full, drawn):
        kept = [arm.name for arm in full.history.arms if arm.design == "path" and arm.kept]
        means = [np.mean(list(values_of(full, name).values())) for name in ("baseline", *kept)]
        assert len(kept) == 2
        assert lines(drawn("path"))["kept"].get_xdata() == pytest.approx(means)

    def test_what_was_tried_and_not_kept_is_beside_it(self, full, drawn):
        (other,) = [a.name for a in full.history.arms if a.design == "path" and not a.kept]
        mean = math.fsum(values_of(full, other).values()) / 4
        assert lines(drawn("path"))["tried"].get_xdata() == pytest.approx([mean])

    def test_a_path_that_is_under_way_says_so(self, study, ablation_of, path_of, full_text):
        writer = study(full_text)
        ablation_of(writer, {})
        path_of(writer)
        last = max(i for i, event in enumerate(writer.events) if event["event"] == "arms_decided")
        del writer.events[last:]
        drawing = figures.draw("path", report.gather(writer.history()))
        assert "has not come to its end" in drawing.caption
