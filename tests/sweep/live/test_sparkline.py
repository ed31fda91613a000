"""A sparkline rises and falls as its values do."""

from hypothesis import given
from hypothesis import strategies as st

from sweep.live.sparkline import BLOCKS, sparkline

VALUES = st.lists(st.floats(-1e6, 1e6), max_size=60)


def test_it_goes_from_the_lowest_to_the_highest_block():
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == BLOCKS


def test_a_flat_curve_is_flat_and_nothing_is_empty():
    assert sparkline([2.0, 2.0, 2.0]) == "▁▁▁"
    assert sparkline([]) == ""


def test_a_long_curve_is_cut_to_its_width_and_ends_with_its_last_value():
    assert sparkline([*range(99), 1000], width=5)[-1] == "█"


@given(VALUES, st.integers(1, 20))
def test_it_is_never_wider_than_asked_and_has_blocks_only(values, width):
    line = sparkline(values, width)
    assert len(line) == min(len(values), width)
    assert set(line) <= set(BLOCKS)
