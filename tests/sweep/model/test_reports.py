"""Packed epochs are the reports they were made from, to the last bit and type, or they
are not packed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.model.reports import (
    Epochs,
    GrowingReports,
    Report,
    curve,
    curve_so_far,
    earliest,
    finite,
    packed,
    seconds,
)

METRICS = ("val/f1", "loss", "γ", "")
floats = st.floats(allow_nan=False, allow_infinity=False)
metrics = st.dictionaries(st.sampled_from(METRICS), floats | st.none())
reports = st.lists(
    st.builds(Report, st.integers(0, 2**53 - 1), metrics, floats),
    min_size=1,
    max_size=8,
)
odd = st.lists(
    st.builds(
        Report,
        st.integers(0, 2**70),
        st.dictionaries(
            st.sampled_from(METRICS),
            floats | st.integers(-5, 5) | st.booleans() | st.just(math.inf),
        ),
        floats | st.integers(0, 3),
    ),
    max_size=5,
)


def exactly(reports):
    """Reports with the types and the order of all that is in them; -0.0 is not 0.0."""
    return [
        (
            repr(r.epoch),
            [(name, type(v), repr(v)) for name, v in r.metrics.items()],
            repr(r.seconds),
        )
        for r in reports
    ]


@given(reports)
def test_packed_reports_come_back_as_they_were(told):
    found = packed(told)
    assert isinstance(found, Epochs)
    assert exactly(found) == exactly(told)
    assert found == told
    assert len(found) == len(told)
    assert exactly([found[-1]]) == exactly(told[-1:])
    assert exactly(found[1:3]) == exactly(told[1:3])
    for name in METRICS:
        assert curve(found, name) == curve(told, name)
        assert (
            curve_so_far(found, name) == curve_so_far(told, name) == curve(told, name)
        )
        values = [
            report.metrics[name]
            for report in told
            if report.metrics.get(name) is not None
        ]
        assert finite(found, name) == finite(told, name) == values
        for value in values:
            assert exactly([earliest(found, name, value)]) == exactly(
                [earliest(told, name, value)]
            )
    assert seconds(found) == seconds(told)


@given(odd)
def test_what_columns_of_floats_could_not_give_back_stays_as_it_is(told):
    assert exactly(packed(told)) == exactly(told)


def test_nan_which_no_log_holds_is_not_turned_into_none():
    told = [Report(0, {"loss": math.nan}, 1.0)]
    assert packed(told) is told


@given(reports, st.data())
def test_growing_reports_are_the_list_of_them_at_any_moment(told, data):
    growing, listed = GrowingReports(), []
    for report in told:
        growing.add(report.epoch, report.metrics, report.seconds)
        listed.append(report)
        if data.draw(st.booleans()):  # somebody reads in between
            assert growing == listed
            assert growing[-1] == report
    assert len(growing) == len(listed)
    assert exactly(growing) == exactly(listed)
    assert exactly(growing.packed()) == exactly(listed)


def test_the_first_of_equal_values_is_found():
    told = [
        Report(epoch, {"f1": f1}, 1.0) for epoch, f1 in ((0, 0.1), (2, 0.7), (5, 0.7))
    ]
    for known in (told, packed(told)):
        assert earliest(known, "f1", 0.7) == told[1]


def test_a_curve_so_far_stays_what_it_was_while_the_trial_goes_on():
    growing = GrowingReports()
    growing.add(0, {"f1": 0.1}, 1.0)
    before = curve_so_far(growing, "f1")
    growing.add(1, {"f1": 0.2}, 1.0)
    assert before == {0: 0.1}


def test_an_index_beyond_the_reports_is_an_error():
    found = packed([Report(0, {"f1": 0.1}, 1.0)])
    for index in (1, -2):
        with pytest.raises(IndexError, match=f"report {index} of 1"):
            found[index]
