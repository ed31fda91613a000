"""The part of the value axis that learning curves are drawn on."""

import numpy as np
import pandas as pd

from sweep.report.figures.curve_window import window


def curve(values):
    return pd.DataFrame(
        {0: values, 1: values}, index=range(1, len(values) + 1), dtype=float
    )


def test_a_first_epoch_far_away_does_not_stretch_the_axis():
    low, high = window([curve([0.1, 0.60, 0.61, 0.62, 0.63])])
    assert 0.55 < low < 0.60
    assert 0.63 < high < 0.65


def test_curves_that_fit_as_they_are_keep_their_axis():
    assert window([curve(np.linspace(0.5, 0.6, 10))]) is None
    assert window([curve([0.5])]) is None
    assert window([]) is None


def test_a_flat_curve_has_no_window():
    assert window([curve([0.1, 0.5, 0.5, 0.5, 0.5])]) is None
