"""The sentence for a paper: subject, verb, size."""

import pytest

from sweep.report import gather
from sweep.report.arm_verdicts import arm_verdicts
from sweep.report.verdict_sentence import margin_text, sentence


@pytest.fixture
def said():
    """`said(history)`: its sentence."""
    return lambda history: sentence(history, arm_verdicts(gather(history)), "val/f1")


def test_the_sentence_has_seeds_verdicts_sizes_and_the_margin(judged, said):
    text = said(judged())
    assert text.startswith("On 8 seeds, better helps val/f1 by ")
    assert "; worse hurts val/f1 by 3." in text
    assert "; alike makes no difference beyond 1; " in text
    assert text.endswith("].")


def test_sizes_are_unsigned_with_the_smaller_bound_first(judged, said):
    text = said(judged())
    assert "−" not in text
    low, high = (
        text.partition("worse hurts")[2].partition("[")[2].partition("]")[0].split(", ")
    )
    assert float(low) < float(high)


def test_an_undecided_arm_is_not_said_to_do_nothing(judged, said):
    assert "whether alike helps or hurts is undecided" in said(judged("0.001"))


def test_the_sentence_has_the_range_of_seeds_of_looks(looked_at, said):
    assert said(looked_at()).startswith("On 5 to ")


def test_a_relative_margin_is_a_share_of_the_baseline(judged):
    assert margin_text(judged('"10 %"')) == "10 % of the baseline's mean"


def test_seeds_that_failed_are_not_said_to_have_been_compared(judged, said):
    text = said(judged("1.0", ("better", 1), ("better", 2)))
    assert text.startswith("On 6 to 8 seeds, better helps")
