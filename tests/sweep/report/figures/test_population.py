"""The figure of a population: every member's values by epoch, with its copies marked."""

from __future__ import annotations

import numpy as np
import pytest

from sweep import report
from sweep.model.lineage import lineage
from sweep.report import figures
from sweep.search import population
from tests.sweep.conftest import Bench, Workers
from tests.sweep.session.searches import failing, populated

FAILED, COPIED = "failed, and copies one", "copies a better member"


@pytest.fixture
def history(populated_study):
    return populated_study.history


@pytest.fixture
def drawing(populated_study):
    return figures.draw("population", populated_study)


def marks(axes, name):
    """The marks of one kind, as (epoch, height)."""
    points = []
    for line in axes.lines:
        if line.get_label() == name and line.get_linestyle() == "None":
            points += list(zip(line.get_xdata(), line.get_ydata(), strict=True))
    return points


def copies(history, *, failed):
    return [
        (decided.after, copy)
        for decided in history.population
        for copy in decided.copies
        if bool(copy.failure) is failed
    ]


def test_there_is_a_panel_for_the_metric_and_for_each_explored_parameter(drawing):
    titles = [axes.get_title() for axes in drawing.figure.axes]
    assert titles == ["val/f1 ↑", "x", "depth"]


@pytest.mark.parametrize("failed, name", [(True, FAILED), (False, COPIED)])
def test_every_copy_is_marked_at_its_epoch_with_its_new_values(
    drawing, history, failed, name
):
    metric, x, depth = drawing.figure.axes
    made = copies(history, failed=failed)
    assert made
    assert marks(x, name) == [(after, copy.values["x"]) for after, copy in made]
    assert [epoch for epoch, _ in marks(depth, name)] == [after for after, _ in made]
    values = [
        population.value_after(history.spec, history.trials[copy.source], after)
        for after, copy in made
    ]
    assert [height for _, height in marks(metric, name)] == values


def test_every_members_values_are_drawn_from_the_epochs_they_held_in(drawing, history):
    _, x, _ = drawing.figure.axes
    drawn = {
        (line.get_xdata()[0], line.get_ydata()[0])
        for line in x.lines
        if line.get_linestyle() != "None"
    }
    for trial in history.stage("search"):
        assert (0, trial.config["x"]) in drawn
    for after, copy in (*copies(history, failed=True), *copies(history, failed=False)):
        assert (after, copy.values["x"]) in drawn


def test_the_best_members_weights_are_followed_from_where_they_began(drawing, history):
    best = population.best(history)
    (line,) = (
        line
        for line in drawing.figure.axes[0].lines
        if line.get_label() == "the best member's weights"
    )
    assert list(line.get_xdata()) == list(range(1, 9))
    assert line.get_ydata()[-1] == best.reports[-1].metrics["val/f1"]
    root = history.trials[lineage(best).root]
    assert line.get_ydata()[0] == root.reports[0].metrics["val/f1"]


def test_a_member_that_diverged_does_not_stretch_the_axis(tmp_path):
    broken = failing({2: 2})

    def misbehave(assignment, epoch):
        is_diverging = assignment.trial == 2 and assignment.copied is None and epoch < 2
        return (
            ("metrics", {"val/f1": -1e30})
            if is_diverging
            else broken(assignment, epoch)
        )

    text = populated().replace("interval: 2", "interval: 4")
    history = Bench(tmp_path, text).run(Workers(misbehave=misbehave))
    drawing = figures.draw("population", report.gather(history))
    low, high = drawing.figure.axes[0].get_ylim()
    assert -1 < low < high < 2


def test_the_caption_counts_members_copies_and_failures(drawing, history):
    made = len(copies(history, failed=True)) + len(copies(history, failed=False))
    assert "One line for each of 8 members" in drawing.caption
    assert f"{made} copies, 2 of them of members that had failed" in drawing.caption


def test_other_searches_have_no_such_figure(full):
    assert figures.draw("population", full) is None


def test_choices_are_at_equal_distances(drawing):
    ticks = drawing.figure.axes[2].get_yticks()
    assert np.allclose(ticks, [0, 1, 2])
