"""The cost of tuning: an expectation where trials are exchangeable, else the best so far."""

import pytest

from sweep.report import figures, gather
from sweep.statistics.tuning_cost import expected_best

STUDY = """
name: searched
trainer: own_trainer:train
metric: {{name: val/f1, goal: maximize}}
parameters:
  epochs: 1
  rate: {{min: 0.0, max: 1.0}}
search: {{method: {method}, trials: 5}}
"""
VALUES = [0.3, 0.5, 0.4, 0.9, 0.2]


@pytest.fixture
def drawing(study):
    """`drawing(method)`: of a search with five values; `pruned` are stopped early."""

    def drawing(method="random", values=VALUES, pruned=()):
        writer = study(STUDY.format(method=method))
        for number, value in enumerate(values):
            writer.trial(
                {"epochs": 1, "rate": number / 10},
                [{"val/f1": value}],
                stage="search",
                label=f"search {number}",
                state="pruned" if number in pruned else "complete",
                attributes={"suggestion": number, "memory": {}},
            )
        return figures.draw("tuning_cost", gather(writer.history()))

    return drawing


def line(drawn):
    (found,) = [
        one for one in drawn.figure.axes[0].get_lines() if len(one.get_xdata()) > 1
    ]
    return list(found.get_xdata()), list(found.get_ydata())


def test_a_random_search_has_the_expected_best_value(drawing):
    drawn = drawing()
    trials, values = line(drawn)
    assert trials == [1, 2, 3, 4, 5]
    assert values == pytest.approx(expected_best(VALUES, "maximize").expected)
    assert "Expected best" in drawn.caption


def test_an_adaptive_search_has_the_best_so_far_and_says_so(drawing):
    drawn = drawing("tpe")
    assert line(drawn)[1] == [0.3, 0.5, 0.5, 0.9, 0.9]
    assert "best so far of one search" in drawn.caption
    assert "Expected best" not in drawn.caption


def test_a_pruned_random_search_is_not_exchangeable(drawing):
    drawn = drawing(pruned=(3,))
    assert line(drawn)[1] == [0.3, 0.5, 0.5, 0.5, 0.5]
    assert "1 configurations without a result" in drawn.caption


def test_two_configurations_give_no_curve(drawing):
    assert drawing(values=VALUES[:2]) is None


def test_a_study_without_a_search_has_no_tuning_cost_figure(ladder):
    assert figures.draw("tuning_cost", gather(ladder)) is None
