"""Durations are said in the unit that fits."""

import pytest

from sweep.durations import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (48, "48 s"), (59.9, "60 s"), (210, "3.5 min"), (8640, "2.4 h")],
)
def test_the_largest_unit_that_is_reached_is_taken(seconds, text):
    assert duration(seconds) == text
