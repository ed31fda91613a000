"""Many arms in one figure: all of them as lines, those at the ends by name, never
longer than a page."""

import math

from sweep.report.figures.crowd import ENDS, Change, crowd


def changes(number):
    return [
        Change(
            f"arm {i}",
            i / 100,
            i / 100 - 0.1,
            math.nan if i == 3 else i / 100 + 0.1,
            "k",
            "n",
        )
        for i in range(number)
    ]


def names(axes):
    return [text.get_text() for text in axes.get_yticklabels()]


def test_five_hundred_arms_fit_a_page_and_every_one_is_drawn():
    figure, bottom = crowd(changes(500), "maximize")
    top, middle, last = figure.axes
    assert last is bottom
    assert figure.get_figheight() <= 9.1
    assert len(middle.lines[0].get_ydata()) == 500
    assert len(middle.collections[0].get_paths()) == 499  # one has no finite interval
    assert names(top)[0] == "arm 499"
    assert len(names(top)) == len(names(bottom)) == ENDS


def test_the_best_are_on_top_whichever_way_is_better():
    figure, bottom = crowd(changes(80), "minimize")
    assert names(figure.axes[0])[0] == "arm 0"
    assert names(bottom)[-1] == "arm 79"
