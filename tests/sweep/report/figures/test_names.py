"""Figures call metrics, arms and parameters as the tables do."""

from dataclasses import replace

import pytest
from matplotlib.text import Text

from sweep.report import figures

NAMES = {"test/f1": "Test F-score", "+ focal": "With focal loss", "baseline": "Plain"}


@pytest.fixture
def drawn(full):
    """`drawn(figure)`: the texts of a figure under other names, with its title and caption."""
    named = replace(full, layout=replace(full.layout, names=NAMES))

    def texts(name):
        drawing = figures.draw(name, named)
        found = [text.get_text() for text in drawing.figure.findobj(Text)]
        return (
            " | ".join(" ".join(text.split()) for text in found),
            drawing.title,
            drawing.caption,
        )

    return texts


def test_arms_and_metrics_have_the_names_of_the_study_file(drawn, full):
    shown, title, caption = drawn("forest")
    assert full.metrics[0] == "test/f1"
    assert "With focal loss" in shown
    assert "Test F-score" in shown
    assert "test/f1" not in shown + title + caption


def test_arms_that_coincide_are_renamed_each_and_numbers_of_runs_stay_behind(drawn):
    shown, *_ = drawn("learning")
    assert "Plain = " in shown
    assert "(n = 4)" in shown


def test_without_given_names_nothing_is_renamed(full):
    before = figures.draw("forest", full)
    again = figures.draw(
        "forest", replace(full, layout=replace(full.layout, names={"zz": "Z"}))
    )
    assert before.file("png") == again.file("png")
    assert (before.title, before.caption) == (again.title, again.caption)
