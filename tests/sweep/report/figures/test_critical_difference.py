"""Critical difference: arms by average rank, and bars over those that are not told apart."""

import pytest

from sweep.report import figures


def test_every_arm_stands_at_its_average_rank(on_tasks_of):
    drawn = figures.draw(
        "critical_difference", on_tasks_of(list("abcdef"), ", scale: one")
    )
    marks = [
        line for line in drawn.figure.axes[0].get_lines() if line.get_marker() == "o"
    ]
    assert sorted(line.get_xdata()[0] for line in marks) == pytest.approx(
        [1.0, 2.5, 2.5]
    )
    assert "Wilcoxon" in drawn.caption


def test_fewer_than_six_tasks_have_no_critical_difference_figure(on_tasks_of):
    assert figures.draw("critical_difference", on_tasks_of(list("abcde"))) is None
