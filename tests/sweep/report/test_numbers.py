"""Numbers are written with the digits their uncertainty leaves."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.report import numbers


class TestParticleDataGroupRule:
    # The examples of the rule's own text: 0.827 ± 0.119 → 0.83 ± 0.12; 0.827 ± 0.367 → 0.8 ± 0.4.
    @pytest.mark.parametrize(
        ("mean", "sd", "text"),
        [
            (0.827, 0.119, "0.83 ± 0.12"),
            (0.827, 0.367, "0.8 ± 0.4"),
            (0.827, 0.0354, "0.827 ± 0.035"),
            (0.827, 0.0951, "0.83 ± 0.10"),
            (0.827, 0.09996, "0.83 ± 0.10"),
            (1234.5, 12.3, "1234 ± 12"),
            (1234.5, 456.0, "1234 ± 456"),
            (-0.5, 0.02, "−0.500 ± 0.020"),
            (0.0, 0.02, "0.000 ± 0.020"),
            (3.1e-9, 1.2e-9, "(3.1 ± 1.2)e−9"),
            (9.1e6, 1.2e3, "9100000 ± 1200"),
            (1.234e9, 1.2e8, "(1.23 ± 0.12)e9"),
        ],
    )
    def test_formatted_numbers_match_the_examples(self, mean, sd, text):
        assert numbers.spread(mean, sd) == text

    @given(st.floats(1e-6, 1e3))
    def test_rounding_the_uncertainty_costs_less_than_a_seventh_of_it(self, sd):
        # Worst just above 355, where 354.9 keeps two digits and 355 becomes 400.
        assert abs(round(sd, numbers.decimals(sd)) - sd) <= max(
            0.15 * sd, 0 if sd < 1 else 0.5
        )


@pytest.mark.parametrize("sd", [0.0, math.nan])
def test_without_a_spread_four_digits(sd):
    assert numbers.spread(0.712345, sd) == "0.7123"


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((0.021, 0.004, 0.038), "+0.021 [+0.004, +0.038]"),
        ((-0.021, -0.038, -0.004), "−0.021 [−0.038, −0.004]"),
        ((0.0001, -0.2, 0.2002), "0.00 [−0.20, +0.20]"),
        ((0.0213, math.nan, math.nan), "+0.0213"),
        ((0.0, math.nan, math.nan), "0"),
        ((-0.02134, math.nan, math.nan, 0.011), "−0.021"),
        ((1.2e9, -3e8, 2e9), "+1.2e9 [−0.3e9, +2.0e9]"),
    ],
)
def test_changes_carry_a_sign_and_their_interval(parts, text):
    assert numbers.change(*parts) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (None, "–"),
        (math.nan, "–"),
        (0.0004, "<0.001"),
        (0.0625, "0.062"),
        (0.34, "0.34"),
        (1.0, "1.00"),
    ],
)
def test_p_values(p, text):
    assert numbers.p_value(p) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3.5, "3.5 s"), (119, "119 s"), (720, "12 min"), (12240, "3.4 h"), (1e6, "278 h")],
)
def test_durations(seconds, text):
    assert numbers.duration(seconds) == text


@pytest.mark.parametrize(
    ("trials", "text"),
    [
        ((), "no trial"),
        ((4,), "trial 4"),
        ((3, 9, 5, 6, 7, 8), "trials 3, 5–9"),
        ((1, 2), "trials 1, 2"),
    ],
)
def test_lists_of_trials_draw_runs_together(trials, text):
    assert numbers.trial_list(trials) == text
