"""Widths in Computer Modern, which decide how a table is set."""

import pytest

from sweep.report.formats.tex_width import width


def test_a_digit_is_as_wide_as_knuth_made_it():
    assert width("0", 8) == pytest.approx(0.531 * 8)
    assert width("0", 7) == pytest.approx(0.569 * 7, abs=0.01)


def test_bold_is_wider_and_a_text_is_the_sum_of_its_characters():
    assert width("0.71", 9, bold=True) > width("0.71", 9)
    assert width("0.71", 9) == pytest.approx(sum(width(c, 9) for c in "0.71"))
