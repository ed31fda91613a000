"""Figures about the search draw values of completed configurations only; what was stopped is marked as stopped."""

from __future__ import annotations

import random

import numpy as np
import pytest

from sweep import report
from sweep.report import figures
from sweep.report.figures.style import label


def trials_of(evidence, state):
    return [trial for trial in evidence.history.stage("search") if trial.state == state]


def lines(axes):
    return {line.get_label(): line for line in axes.lines}


class TestOptimisation:
    def test_points_are_the_completed_trials_at_their_best_epoch(self, full, drawn):
        points = lines(drawn("optimisation").figure.axes[0])["complete"]
        complete = trials_of(full, "complete")
        assert list(points.get_xdata()) == [trial.number + 1 for trial in complete]
        assert points.get_ydata() == pytest.approx(
            [max(trial.curve("val/f1").values()) for trial in complete]
        )

    def test_the_best_so_far_counts_completed_trials_only(self, full, drawn):
        line = lines(drawn("optimisation").figure.axes[0])["best so far"].get_ydata()
        complete = [max(trial.curve("val/f1").values()) for trial in trials_of(full, "complete")]
        assert line[:-1] == pytest.approx(np.maximum.accumulate(complete))
        assert line[-1] == line[-2]

    def test_pruned_failed_and_running_trials_are_in_a_strip_without_a_scale(self, full, drawn):
        values, strip = drawn("optimisation").figure.axes
        assert set(lines(values)) == {"complete", "best so far"}
        for state in ("pruned", "failed", "running"):
            numbers = [trial.number + 1 for trial in trials_of(full, state)]
            assert list(lines(strip)[state].get_xdata()) == numbers
        assert [tick.get_text() for tick in strip.get_yticklabels()] == [
            "pruned",
            "failed",
            "running",
        ]

    def test_with_several_seeds_a_point_is_their_mean_once_all_are_complete(self, study, full_text):
        writer = study(full_text.replace("trials: 40", "trials: 2, seeds: [0, 1]"))
        config = {"epochs": 9, "loss_type": "ce", "dice_weight": 0.0, "learning_rate": 0.001}
        for seed, value in enumerate([0.4, 0.6]):
            writer.trial(
                config, [{"val/f1": value}], stage="search", seed=seed, attributes={"suggestion": 0}
            )
        other = config | {"dice_weight": 1.0}
        writer.trial(other, [{"val/f1": 0.9}], stage="search", seed=0, attributes={"suggestion": 1})
        drawing = figures.draw("optimisation", report.gather(writer.history(), metrics=["val/f1"]))
        points = lines(drawing.figure.axes[0])["complete"]
        assert list(points.get_ydata()) == [0.5]
        assert "1 complete, 1 running" in drawing.caption

    def test_a_smaller_loss_is_a_better_one(self, study, full_text):
        writer = study(full_text.replace("val/f1, goal: maximize", "val/loss, goal: minimize"))
        for suggestion, value in enumerate([0.5, 0.7, 0.3]):
            config = {
                "epochs": 9,
                "loss_type": "ce",
                "dice_weight": 0.0,
                "learning_rate": 0.001 + suggestion / 1000,
            }
            writer.trial(
                config, [{"val/loss": value}], stage="search", attributes={"suggestion": suggestion}
            )
        drawing = figures.draw(
            "optimisation", report.gather(writer.history(), metrics=["val/loss"])
        )
        assert list(lines(drawing.figure.axes[0])["best so far"].get_ydata()) == [
            0.5,
            0.5,
            0.3,
            0.3,
        ]


class TestSlices:
    def test_a_panel_has_the_completed_configurations_that_have_the_parameter(self, full, drawn):
        panels = {
            axes.get_xlabel().partition(" (")[0]: axes for axes in drawn("slices").figure.axes
        }
        complete = [trial for trial in trials_of(full, "complete") if "focal_gamma" in trial.config]
        points = lines(panels["focal_gamma"])["focal_gamma"]
        assert list(points.get_xdata()) == [trial.config["focal_gamma"] for trial in complete]
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
        pruned = lines(axes)["pruned"]
        assert len(pruned.get_xdata()) == len(trials_of(full, "pruned"))
        heights = pruned.get_transform().transform(np.c_[pruned.get_xdata(), pruned.get_ydata()])[
            :, 1
        ]
        lowest_tick = axes.transData.transform([(0, min(axes.get_yticks()))])[0, 1]
        lowest_value = min(axes.transData.transform(lines(axes)["loss_type"].get_xydata())[:, 1])
        assert heights.max() < min(lowest_tick, lowest_value)


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
        without = sum("focal_gamma" not in trial.config for trial in trials_of(full, "complete"))
        below = [path for path in complete.get_paths() if path.vertices[1][1] < 0]
        assert len(below) == without
        assert all(
            0 <= height <= 1
            for path in complete.get_paths()
            for _, height in path.vertices[[0, 2, 3, 4]]
        )


class TestTimeline:
    def test_a_bar_is_as_long_as_the_epochs_of_its_trial(self, full, drawn):
        axes = drawn("timeline").figure.axes[0]
        for bars in axes.collections:
            lengths = [segment[1][0] for segment in bars.get_segments()]
            assert lengths == [len(trial.reports) for trial in trials_of(full, bars.get_label())]

    def test_rungs_are_where_asha_decides(self, drawn):
        rungs = [
            line
            for line in drawn("timeline").figure.axes[0].lines
            if line.get_label().startswith("rung")
        ]
        assert [line.get_xdata()[0] for line in rungs] == [3, 9]

    def test_there_is_none_for_a_study_that_does_not_prune(self, study, search_of, full_text):
        text = full_text.replace("early_terminate: {type: asha, min_iter: 3, eta: 3}\n", "")
        writer = study(text)
        search_of(writer, 2)  # one complete, one failed
        assert figures.draw("timeline", report.gather(writer.history())) is None

    def test_too_many_trials_to_tell_apart_are_ordered_by_their_length_on_one_page(
        self, study, full_text
    ):
        writer = study(full_text)
        config = {"epochs": 9, "loss_type": "ce", "dice_weight": 0.0}
        for number in range(300):
            rate, epochs = {"learning_rate": 1e-4 + number * 1e-6}, 1 + number % 3
            writer.trial(config | rate, [{"val/f1": 0.5}] * epochs, stage="search", state="pruned")
        drawing = figures.draw("timeline", report.gather(writer.history(), metrics=["val/f1"]))
        (area,) = drawing.figure.axes[0].patches
        assert area.get_label() == "pruned"
        steps = area.get_data()
        assert (steps.values.tolist(), steps.edges.tolist()) == (
            [3, 2, 1],
            [-0.5, 99.5, 199.5, 299.5],
        )
        assert area.get_hatch(), "states differ by more than their colour"
        assert drawing.figure.get_figheight() < 9
        assert "longest first" in drawing.caption


class TestImportance:
    def test_bars_are_the_shares(self, full, drawn):
        everything = full.explained.groups[0]
        axes = drawn("importance").figure.axes[0]
        assert [bar.get_width() for bar in axes.patches] == pytest.approx(
            list(everything.importance.values())
        )
        assert lines(axes)["noise"].get_xdata()[0] == pytest.approx(everything.noise)

    def test_a_panel_names_the_condition_of_its_configurations_and_how_many_they_are(
        self, full, drawn
    ):
        having = [trial for trial in trials_of(full, "complete") if "focal_gamma" in trial.config]
        titles = [axes.get_title(loc="left") for axes in drawn("importance").figure.axes]
        assert titles[1] == f"where loss_type = focal (n = {len(having)})"

    def test_fewer_than_ten_configurations_give_no_number(self, study, search_of, full_text):
        writer = study(full_text)
        search_of(writer, 9)
        assert figures.draw("importance", report.gather(writer.history())) is None

    def test_a_parameter_that_too_few_have_is_named_with_its_count(self, study, full_text):
        writer = study(full_text)
        draw = random.Random(0)
        for number in range(14):
            config = {
                "epochs": 9,
                "loss_type": "focal" if number < 3 else "ce",
                "dice_weight": float(number % 2),
            }
            config |= {"focal_gamma": 1.0 + number} if number < 3 else {}
            config |= {"learning_rate": 10 ** draw.uniform(-4, -2)}
            writer.trial(
                config,
                [{"val/f1": draw.random()}],
                stage="search",
                attributes={"suggestion": number},
            )
        drawing = figures.draw("importance", report.gather(writer.history(), metrics=["val/f1"]))
        assert "Fewer than 10 completed configurations have: focal_gamma (3)" in drawing.caption


class TestLabel:
    def test_wraps_at_the_names_own_boundaries(self):
        assert label("loss_type=focal, dice_weight=1.0", 16) == "loss_type=focal,\ndice_weight=1.0"

    def test_leaves_out_the_middle_of_what_is_too_long_and_keeps_both_ends(self):
        short = label("begin " + "x" * 200 + " end", 20, 2).replace("\n", "")
        assert short.startswith("begin")
        assert "…" in short
        assert short.endswith("end")

    @pytest.mark.parametrize(
        "text", ["", " \t", "\x00\x1b[31m", "\ud800", "a" * 500, "$x^2$", "\u202eabc"]
    )
    def test_any_text_becomes_a_few_printable_lines(self, text):
        for line in label(text, 20, 3).split("\n"):
            assert line
            assert len(line) <= 21
            assert line.replace("\N{ZERO WIDTH SPACE}", "").isprintable()
        assert label(text, 20, 3).count("\n") <= 4
