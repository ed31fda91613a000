"""One line of the log: a JSON object that comes back exactly, or is refused."""

import math
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import SweepError
from sweep.log.event_log import EventLog
from sweep.log.lines import decode, encode
from sweep.log.reader import replay


def event(**more):
    return {"event": "notice", **more}


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, np.float32("nan"), np.array([1.0, np.nan])]
)
@pytest.mark.parametrize(
    "wrap", [lambda v: v, lambda v: {"val/f1": v}, lambda v: [{"deep": (1.0, v)}]]
)
def test_what_is_not_finite_is_refused_and_never_becomes_null(written, value, wrap):
    before = written.read_bytes()
    with EventLog(written) as log:
        with pytest.raises(SweepError, match="NaN or infinite"):
            log.append(event(message="sound"), event(metrics=wrap(value)))
        assert written.read_bytes() == before
        log.append(event(message="goes on"))
    assert replay(written).events[-1]["message"] == "goes on"


@pytest.mark.parametrize("value", [object(), {1, 2}, 2**70, {1: "key"}, 1j])
def test_a_value_without_a_json_form_is_refused_and_nothing_is_written(written, value):
    before = written.read_bytes()
    with EventLog(written) as log, pytest.raises(SweepError, match="no JSON form"):
        log.append(event(value=value))
    assert written.read_bytes() == before


def test_text_that_is_not_unicode_is_recorded_with_escapes(path):
    with EventLog(path) as log:
        log.append(event(message="no file '/data/\udcff.npz'", metrics={"\ud800": 1.0}))
    assert replay(path).events[0]["message"] == r"no file '/data/\udcff.npz'"


@given(st.binary(max_size=60).filter(lambda data: b"\n" not in data))
def test_a_line_with_a_forged_checksum_that_is_no_json_is_refused(body):
    line, _ = encode({"event": "notice"}, 0)
    forged = line[:8] + b"%08x" % zlib.crc32(body) + b'",' + body
    decoded = decode(forged, 0)
    assert decoded is None or isinstance(decoded[0], dict)
