"""The intervals of verdicts."""

from sweep.report import figures, gather


def test_the_margin_is_a_band_around_zero(drawn):
    axes = drawn("verdicts").figure.axes[0]
    (band,) = [patch for patch in axes.patches if patch.get_label() == "margin"]
    assert (band.get_x(), band.get_width()) == (-1.0, 2.0)


def test_a_study_that_added_seeds_has_this_figure_instead_of_a_forest(looked_at):
    evidence = gather(looked_at())
    assert figures.draw("forest", evidence) is None
    assert "repeated confidence intervals" in figures.draw("verdicts", evidence).caption


def test_without_a_margin_there_is_none(full):
    assert figures.draw("verdicts", full) is None
