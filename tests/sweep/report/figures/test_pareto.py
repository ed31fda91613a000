"""The Pareto figure: what no other configuration outdoes stands out, and what is no
result is not drawn."""

import pytest

from sweep import report
from sweep.report import figures
from sweep.report.pareto import candidates


def lines(axes):
    return {line.get_label(): line for line in axes.lines}


def front(axes):
    """Points of the error bars' own line."""
    (bars,) = axes.containers
    return list(bars.lines[0].get_xdata()), list(bars.lines[0].get_ydata())


def test_the_first_objective_stands_against_the_other_each_point_the_mean_over_the_seeds(
    several, drawn
):
    (axes,) = drawn("pareto").figure.axes
    assert axes.get_ylabel().startswith("val/f1 ↑")
    assert axes.get_xlabel().startswith("params/millions ↓")
    found = candidates(several)
    x, y = front(axes)
    assert sorted(y) == pytest.approx(
        sorted(c.estimates[0].mean for c in found if c.best)
    )
    assert sorted(x) == pytest.approx(
        sorted(c.estimates[1].mean for c in found if c.best)
    )
    outdone = lines(axes)["dominated"]
    assert sorted(outdone.get_ydata()) == pytest.approx(
        sorted(c.estimates[0].mean for c in found if not c.best)
    )


def test_the_caption_counts_configurations_and_those_not_dominated(drawn):
    caption = drawn("pareto").caption
    assert (
        "10 complete, 1 pruned, 1 failed configurations; of 10 with every objective, 8"
        " are not dominated by another." in caption
    )
    assert "mean over 2 runs" in caption


def test_three_objectives_have_two_panels_and_no_line_between_points(study, several):
    text = several.history.source.replace(
        "goal: minimize}]", "goal: minimize}, {name: val/recall, goal: maximize}]"
    )
    writer = study(text)
    for number, values in enumerate(
        [(0.5, 1.0, 0.9), (0.6, 2.0, 0.8), (0.4, 2.0, 0.7)]
    ):
        metrics = dict(
            zip(("val/f1", "params/millions", "val/recall"), values, strict=True)
        )
        for seed in (0, 1):
            writer.trial({"epochs": 3, "width": number / 10}, [metrics], seed=seed, stage="search",
                         attributes={"suggestion": number})  # fmt: skip
    drawing = figures.draw("pareto", report.gather(writer.history()))
    assert [axes.get_xlabel().split()[0] for axes in drawing.figure.axes] == [
        "params/millions",
        "val/recall",
    ]
    assert all("_front" not in lines(axes) for axes in drawing.figure.axes)
    assert all(len(front(axes)[0]) == 2 for axes in drawing.figure.axes)


@pytest.mark.parametrize("far, hidden", [(0.0, 1), (0.55, 0)])
def test_axes_of_the_front_ignore_configurations_that_failed_to_learn(
    study, several, far, hidden
):
    writer = study(several.history.source)
    for number, values in enumerate([(0.6, 1.0), (0.65, 2.0), (0.7, 3.0), (far, 1.5)]):
        metrics = dict(zip(("val/f1", "params/millions"), values, strict=True))
        for seed in (0, 1):
            writer.trial({"epochs": 3, "width": number / 10}, [metrics], seed=seed, stage="search",
                         attributes={"suggestion": number})  # fmt: skip
    drawing = figures.draw("pareto", report.gather(writer.history()))
    (axes,) = drawing.figure.axes
    low, high = axes.get_ylim()
    assert (not low < far < high) == bool(hidden)
    assert high - low < 0.5
    assert all(low < y < high for y in front(axes)[1])
    assert (" 1 dominated ones lie outside the axes." in drawing.caption) == bool(
        hidden
    )


def test_one_objective_has_no_pareto_figure(full):
    assert figures.draw("pareto", full) is None
