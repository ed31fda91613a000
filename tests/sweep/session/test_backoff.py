"""How long a trial rests after it lost its worker."""

import pytest

from sweep.session.backoff import LONGEST, delay


def test_the_delay_doubles_with_each_loss():
    assert [delay(10.0, losses) for losses in (1, 2, 3)] == [10.0, 20.0, 40.0]


@pytest.mark.parametrize("losses", [8, 64, 10_000])
def test_the_delay_is_at_most_ten_minutes(losses):
    assert delay(10.0, losses) == LONGEST == 600.0


def test_there_is_no_delay_if_the_study_sets_it_to_zero():
    assert delay(0.0, 50) == 0.0
