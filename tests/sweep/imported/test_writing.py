"""The log of a study of imported runs."""

import pytest

from sweep.errors import StudyExists
from sweep.history.opening import read
from sweep.imported import writing
from sweep.model.events import Notice, SessionEnded, StudyCreated
from tests.sweep.imported.test_specification import wanted


def test_events_are_written_in_order_and_never_over_others(tmp_path):
    spec = wanted(["x", "y"]).spec
    events = [
        StudyCreated(spec=spec.canonical(), source="text"),
        writing.session({"trainer": "elsewhere"}),
        Notice("said"),
        SessionEnded("done"),
    ]
    writing.write(tmp_path / "s", events, "text")
    history = read(tmp_path / "s")
    assert [notice.message for notice in history.notices] == ["said"]
    assert (tmp_path / "s" / writing.STUDY_FILE).read_text() == "text"
    assert not history.running
    with pytest.raises(StudyExists, match="already holds a study"):
        writing.write(tmp_path / "s", events, "text")
