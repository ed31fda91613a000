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


def test_without_a_margin_there_is_no_verdict_figure(full):
    assert figures.draw("verdicts", full) is None


def test_over_tasks_changes_are_relative_and_hidden_signs_are_said(drawn, judged_tasks):
    figure = drawn("verdicts_over_tasks")
    (axes,) = figure.figure.axes
    (band,) = [patch for patch in axes.patches if patch.get_label() == "margin"]
    assert (band.get_x(), band.get_width()) == (-0.05, 0.1)
    assert axes.get_xlabel().startswith("Relative change")
    assert "mixed: better on 1 and worse on 1 of 2 tasks." in figure.caption
    assert figures.draw("verdicts_over_tasks", judged_tasks) is not None


def test_a_study_without_tasks_has_no_verdict_figure_over_tasks(full):
    assert figures.draw("verdicts_over_tasks", full) is None
