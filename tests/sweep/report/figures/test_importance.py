"""The importance figure: bars are shares; a panel names its condition."""

from __future__ import annotations

import random

import pytest

from sweep import report
from sweep.report import figures
from tests.sweep.report.figures.reading import lines_in, trials_of


class TestImportance:
    def test_bars_are_the_shares(self, full, drawn):
        everything = full.importance.groups[0]
        axes = drawn("importance").figure.axes[0]
        assert [bar.get_width() for bar in axes.patches] == pytest.approx(
            list(everything.importance.values())
        )
        assert lines_in(axes)["noise"].get_xdata()[0] == pytest.approx(everything.noise)

    def test_a_panel_names_the_condition_of_its_configurations_and_how_many_they_are(
        self, full, drawn
    ):
        having = [
            trial
            for trial in trials_of(full, "complete")
            if "focal_gamma" in trial.config
        ]
        titles = [
            axes.get_title(loc="left") for axes in drawn("importance").figure.axes
        ]
        assert titles[1] == f"where loss_type = focal (n = {len(having)})"

    def test_fewer_than_ten_configurations_give_no_number(
        self, study, search_of, full_text
    ):
        writer = study(full_text)
        search_of(writer, 9)
        assert figures.draw("importance", report.gather(writer.history())) is None

    def test_a_parameter_that_too_few_have_is_named_with_its_count(
        self, study, full_text
    ):
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
        drawing = figures.draw(
            "importance", report.gather(writer.history(), metrics=["val/f1"])
        )
        assert (
            "fewer than 10 completed configurations have them: focal_gamma (3)"
            in drawing.caption
        )
