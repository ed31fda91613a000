"""What was measured before the first trial is an event, which every later session reads."""

from dataclasses import FrozenInstanceError

import pytest

from sweep.history.folding import fold
from sweep.history.opening import read
from sweep.log.reader import replay
from sweep.model.events import EVENTS
from sweep.model.probe_events import GpuShareMeasured, ResumptionProbed
from tests.sweep.conftest import Bench

MEASURED = (
    GpuShareMeasured(0.25, 1000, 4000, 0.2, "busy time"),
    ResumptionProbed("equal", "a resumed curve equals an uninterrupted one", "ab12"),
)


def test_both_are_events_of_a_log():
    for event in MEASURED:
        assert EVENTS[event.kind] is type(event)


def test_a_history_has_them_again_when_it_is_read(tmp_path):
    study = Bench(tmp_path)
    study.run(before=lambda schedule: schedule.record(*MEASURED))
    for history in (fold(replay(study.log).events), read(study.folder)):
        assert history.gpu_share == 0.25
        assert history.resumption == MEASURED[1]


def test_what_was_measured_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        MEASURED[1].verdict = "different"
